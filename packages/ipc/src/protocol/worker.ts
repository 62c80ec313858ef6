import type { Percentiles } from '../latency.ts';
import type { Autopsy } from './autopsy.ts';

/** Where a worker is in its life; see docs/lifecycle.md. */
export type WorkerState = 'forked' | 'configuring' | 'warming' | 'ready' | 'paused' | 'retiring' | 'exited';

/** A listening address as `server.address()` tells it. */
export interface Address {
  /** Absent for a Unix socket. */
  port?: number;
  host?: string;
  /** A Unix socket or named pipe. */
  path?: string;
  /** What is spoken there. `tcp` is a plain net server. */
  protocol: 'http' | 'https' | 'http2' | 'https2' | 'tcp';
}

export interface WorkerInfo {
  pid: number;
  state: WorkerState;
  /** When it was forked, ms since the epoch. */
  since: number;
  /** Which reload it came with; the first generation is 1. */
  generation: number;
  /** Somebody debugs it. */
  debugged: boolean;
}

/**
 * What a worker says of itself to itself and the master, as the event `heartbeat`: once when it is ready, then each
 * `heartbeatInterval`. What is "of the cycle" counts from the beat before, the first time from the process's start.
 */
export interface Heartbeat {
  pid: number;
  /** `paused`: it takes no new connections for now. A worker that leaves says nothing more. */
  state: 'ready' | 'paused';
  /** Since the process started, s. */
  uptime: number;
  /** How long this cycle really was, ms. */
  cycle: number;
  /** Of the cycle, % of one core; above 100 when threads work too. */
  cpu: number;
  /** Resident set, bytes. */
  memory: number;
  /** V8's heap, bytes; beyond `limit` the process ends. */
  heap: { used: number; total: number; limit: number };
  /** Of the cycle. `utilization` is the share of time at work, 0 to 1; `p50` and `p99` are how late timers fired, ms. */
  eventLoop: { utilization: number; p50: number; p99: number };
  /**
   * Garbage collections of the cycle, estimated from a part of it: `full` ones (mark-compact), `incremental` ones (all
   * others), and the time they took, ms. Zeros with `gc.monitor: false`.
   */
  gc: { incremental: number; full: number; pauseMS: number };
  /** Open connections now. */
  aliveConnections: number;
  /** Connections of clients since the beginning. */
  totalConnections: number;
  /** Requests that ended in the cycle. */
  transactions: number;
  /** What those took in all, ms. */
  durations: number;
  /**
   * How long those took, ms; zeros when there were none. `counts` is how many there were in each bucket of
   * `latencyBucket()`, up to the last that has any: what several workers counted can be added up, percentiles cannot.
   */
  latency: Percentiles & { counts: number[] };
  /** Requests per second of the cycle. */
  tps: number;
  /** Requests that ended since the beginning. */
  totalTransactions: number;
  /** What those took in all, ms. */
  totalDurations: number;
  /** Of the cycle: responses with a status of 500 or more, and errors that nothing caught. */
  error: { count: number; fatal: number };
}

/** What a worker has done since it began to serve, as of now. */
export interface WorkDone {
  /** Requests that ended. */
  transactions: number;
  /** What those took in all, ms. */
  durations: number;
  /** Those of them that were answered with a status of 500 or more. */
  errors: number;
  /** V8's heap in use, bytes. */
  heap: number;
}

/** How a worker process ended, for those who want to know why. */
export interface WorkerExit {
  pid: number;
  generation: number;
  /** ms since the epoch. */
  at: number;
  code: number | null;
  signal: string | null;
  /** It was told to leave. */
  asked: boolean;
  /** How and why, as far as it is known: `exited with code 1; uncaught error: Error: no database`. */
  reason: string;
  /** Of an uncaught error. */
  stack?: string | undefined;
  /** Of a worker that was replaced for its memory, if that was asked for. */
  autopsy?: Autopsy | undefined;
}

/** How far a starting worker is. `id` is the supervisor's, since a pid may be another one in another namespace. */
export interface WorkerStage {
  id: number;
  state: 'configuring' | 'warming' | 'ready';
  /** Where it listens, when it is ready. */
  address?: Address | undefined;
  /** The options that it must share with the master, as text: a reload cannot change them. */
  shared?: Record<string, string> | undefined;
}

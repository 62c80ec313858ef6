import type { Address } from './worker.ts';

/** What a reload has come to. */
export interface ReloadResult {
  generation: number;
  /** Pids of workers that somebody debugs: they were left as they are. */
  skipped: number[];
}

/** A process of the cluster that is no worker. */
export interface ProcessReport {
  pid: number;
  /** When it began, ms since the epoch. */
  since: number;
  /** Resident set, bytes. */
  memory: number;
}

/** The cluster as a whole, as its master sees it; the process is the master itself. */
export interface ClusterReport extends ProcessReport {
  /** The version of Node that the master runs. */
  node: string;
  generation: number;
  /** Workers that there should be. */
  wanted: number;
  /** How often a worker says how it is, ms. */
  heartbeatInterval: number;
  /** Set while a reload runs: `ready` of `total` successors are there; when they are `leaving`, the old ones go. */
  reload?: { generation: number; stage: 'joining' | 'watching' | 'leaving'; ready: number; total: number } | undefined;
  /** Set while one worker is replaced. */
  replacing?: { pid: number | undefined; reason: string } | undefined;
}

/** What load balancers want to know, as the master sees it. */
export interface TrafficReport {
  /** Whether traffic should be sent: the verdict that `/ecv` answers with in control mode. */
  up: boolean;
  /** When `up` last changed, ms since the epoch. */
  since: number;
  /** Why it is down; empty when up. One sentence each. */
  reasons: string[];
  /** What a person or script asked for. */
  mark: 'up' | 'down';
  phase: 'starting' | 'serving' | 'stopping';
  /** Workers that take traffic. */
  ready: number;
  /** Workers that should. */
  wanted: number;
  /** Fewer ready workers than this is down. */
  minWorkers: number;
  /** Where the application listens, once a worker does. */
  address?: Address | undefined;
}

/** One line of the log of one process. */
export interface LogLine {
  /** The process that said it. */
  pid: number;
  /** Counts this process's lines. */
  seq: number;
  /** ms since the epoch. */
  at: number;
  level: 'debug' | 'info' | 'warn' | 'error';
  /** The worker that it is about, where it is about one. */
  worker?: number | undefined;
  text: string;
  /** The data of the line as text, stack traces included. */
  details?: string | undefined;
}

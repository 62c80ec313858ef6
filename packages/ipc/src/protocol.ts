/**
 * The one place that says what can be sent over the bus: kinds of frames, addresses, requests and events.
 * How bytes are laid out is in `frame.ts`; how values become bytes is in `codec.ts`.
 */

import type { Percentiles } from './latency.ts';
import type { MetricFamily } from './metric-family.ts';

/** Peers with another version are told so and turned away. */
export const PROTOCOL_VERSION = 1;

/** What a process is to the cluster. `monitor` is any process that watches it from outside: a monitor app, the command line. */
export type Role = 'master' | 'worker' | 'cache' | 'monitor';

/**
 * Whom a message is for. `self` never leaves the process. `master` is the master and, for events, every monitor process
 * too: a monitor hears what the master hears. `workers` are all connected workers, `all` is every process of the cluster.
 * A number (or a numeric string) is a pid.
 */
export type Target = 'self' | 'master' | 'workers' | 'all' | number | `${number}`;

/** The first byte of a frame. */
export const Kind = {
  /** peer → broker, first frame: {@link Hello}. */
  hello: 1,
  /** broker → peer, the answer: {@link Welcome}. */
  welcome: 2,
  /** An event for its targets; nobody answers. */
  event: 3,
  /** A request for its targets; each answers with `reply` or `failure` under the same correlation id. */
  request: 4,
  /** broker → asker: the pids that a request went to, so that silence can be given a name. */
  routed: 5,
  reply: 6,
  failure: 7,
  /** broker → peer, last frame: {@link Goodbye}. */
  goodbye: 8,
  /** asker → broker: nobody waits for the answers to this correlation id any more. */
  cancel: 9,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
export const LAST_KIND = Math.max(...Object.values(Kind));

/** What a peer says of itself. `instance` tells a process that comes back from another one with the same pid. */
export interface Hello {
  version: number;
  pid: number;
  role: Role;
  instance: string;
}

export interface Welcome {
  version: number;
  /** The master's pid. */
  master: number;
  /** Set when this instance was connected before, so that events may have been missed in between: why it was away. */
  missed?: string | undefined;
}

/** Why the broker closes a connection. */
export interface Goodbye {
  reason: 'backlog' | 'malformed' | 'replaced' | 'refused' | 'closing';
  message: string;
}

/** A failure as it travels: what an `Error` says, without its prototype. */
export interface Failure {
  code: string;
  message: string;
  stack?: string | undefined;
}

// ── What the processes of a cluster ask each other ──────────────────────────────────────────────────────────────────

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

/** The objects that are alive in a process. */
export interface Census {
  objects: number;
  /** By class, the most objects first: the constructor's name, or `{id, at}` for plain objects with these properties. */
  classes: { name: string; count: number }[];
  /** The largest arrays, maps and sets, and the class of one of their values. */
  collections: { kind: string; size: number; of: string }[];
}

/** A class, with how many objects of it an old process has, and a young one. */
export interface GrowingClass {
  name: string;
  count: number;
  young: number;
}

/** What filled the memory of a worker that was replaced for it; or why that is not known. */
export interface Autopsy {
  pid: number;
  /** ms since the epoch. */
  at: number;
  /** What it was replaced for. */
  reason: string;
  /** Set when it came to nothing. */
  problem?: string | undefined;
  /** How long it stood still for it, ms. */
  took?: number | undefined;
  /** V8's heap in use, bytes. */
  heap?: number | undefined;
  objects?: number | undefined;
  /** The worker it is compared with: its successor, before it took traffic. */
  against?: number | undefined;
  /** What it has many more objects of, the most telling first. */
  growing?: GrowingClass[] | undefined;
  collections?: Census['collections'] | undefined;
}

/** What a reload has come to. */
export interface ReloadResult {
  generation: number;
  /** Pids of workers that somebody debugs: they were left as they are. */
  skipped: number[];
}

/** That somebody debugs a worker: what is held up for him, and for how long. */
export interface DebugLease {
  pid: number;
  /**
   * `preparing`: its successor warms up, or the worker itself comes up. `waiting`: a worker that was forked for this waits
   * before `configureApp` until it is told to run. `open`: it can be debugged.
   */
  state: 'preparing' | 'waiting' | 'open';
  /** It was forked for this. */
  fresh: boolean;
  /** It is, or will be, out of rotation; otherwise its clients wait while it is paused. */
  aside: boolean;
  /** Who began. */
  by: string;
  /** When, ms since the epoch. */
  since: number;
  /** When it ends by itself unless something happens before, ms since the epoch. */
  until: number;
  /** Debuggers that are connected. */
  sessions: number;
  /** The program stands still. */
  paused: boolean;
  /** The private socket of its debugging agent. */
  agent: string;
  /** The application's root: the directory of the package that its main script belongs to. */
  root: string;
  /** The private socket where its application answers, and no other worker's. */
  door: string;
}

/** What a debugger tells the master of its sessions with one worker: at each change, and every few seconds while it has any. */
export interface DebugReport {
  pid: number;
  sessions: number;
  paused: boolean;
  /** The person has done something since the last report. */
  active: boolean;
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

/** One cache of the cluster, for pages that show it. */
export interface CacheSummary {
  name: string;
  persist: boolean;
  /** Keys in the cache manager. */
  entries: number;
  /** What they take there, bytes. */
  bytes: number;
  /** Reads answered by the near stores of processes, and by the manager. */
  hits: { near: number; manager: number };
  misses: number;
  loads: number;
  /** Reads that waited for the load of somebody else. */
  coalesced: number;
  evictions: number;
  expiries: number;
  /** Loads that failed. */
  errors: number;
  /** The near stores. */
  processes: { pid: number; hits: number; entries: number; bytes: number }[];
}

/** An entry of a cache, for pages that show it. */
export interface CacheEntry {
  key: string;
  /** As text, cut off where it is long. */
  value: string;
  persist: boolean;
  /** What is left of its time, ms; 0: it does not expire. */
  expire: number;
}

/**
 * Every request: its parameters and its result. Packages that serve requests of their own add to it by declaration
 * merging.
 */
export interface Requests {
  /** master: the workers it has. */
  'workers.list': { params: undefined; result: WorkerInfo[] };
  /** master: what each worker said last of itself. */
  'workers.vitals': { params: undefined; result: Heartbeat[] };
  /** master: the last exits, the newest first. */
  'workers.exits': { params: undefined; result: WorkerExit[] };
  /** master: take these workers out of rotation, or all; they keep what they have. */
  'workers.pause': { params: { pids?: number[] | undefined }; result: WorkerInfo[] };
  /** master: put them back. */
  'workers.resume': { params: { pids?: number[] | undefined }; result: WorkerInfo[] };
  /** master: replace one worker, successor first. Answered when it is queued. */
  'workers.retire': { params: { pid: number; reason: string }; result: undefined };
  /** master: a rolling reload. Answered when it is done; rejects, with the old generation intact, when it failed. */
  'cluster.reload': { params: undefined; result: ReloadResult };
  /** master: how the cluster is as a whole. */
  'cluster.report': { params: undefined; result: ClusterReport };
  /** master: how many workers there should be. */
  'cluster.scale': { params: { wanted: number }; result: WorkerInfo[] };
  /** master: end every worker in order, or at once. */
  'cluster.stop': { params: { immediate: boolean }; result: undefined };
  /** master: whether the cluster should get traffic. */
  'traffic.report': { params: undefined; result: TrafficReport };
  /**
   * master: what all processes measure, added up, and what the dead had counted. Workers that have not answered after
   * `timeout` ms count with what they said last.
   */
  'metrics.collect': { params: { timeout: number }; result: MetricFamily[] };
  /** master: put the cluster in or out of traffic. */
  'traffic.mark': { params: { mark: 'up' | 'down'; by: string }; result: TrafficReport };
  /** any process of the cluster: the lines it logged since then (ms since the epoch), as far as it remembers them. */
  'log.lines': { params: { since: number }; result: LogLine[] };
  /** master: who debugs what; the event `debug-leases` carries the same whenever it changes. */
  'debug.leases': { params: undefined; result: DebugLease[] };
  /**
   * master: somebody wants to debug this worker; `aside`, once a successor has taken its place. Answered when he can. A
   * worker that is debugged already is joined.
   */
  'debug.begin': { params: { pid: number; aside: boolean; by: string }; result: DebugLease };
  /** master: fork a worker that waits before `configureApp`. Answered when it waits. */
  'debug.fresh': { params: { by: string }; result: DebugLease };
  /** master: let it run. */
  'debug.run': { params: { pid: number }; result: DebugLease };
  /** master: somebody is there, and wants to go on. */
  'debug.extend': { params: { pid: number }; result: DebugLease };
  /** master: how debugging goes. Rejects when nobody debugs that worker any more. */
  'debug.report': { params: DebugReport; result: DebugLease };
  /**
   * master: debugging ends. The worker returns to rotation, or leaves; one that does not answer is replaced, unless it has
   * only been measured (`stay`) and its nanny will see.
   */
  'debug.end': { params: { pid: number; next: 'return' | 'leave' | 'stay' }; result: undefined };
  /** master: where the cache manager listens, once it does. */
  'cache.open': { params: undefined; result: { socket: string } };
  /** master: the process of the cache manager; null where there is none, or it does not answer. */
  'cache.manager': { params: undefined; result: ProcessReport | null };
  /** master → cache manager: how it is. */
  'cache.report': { params: undefined; result: ProcessReport };
  /** master: every cache. */
  'cache.list': { params: undefined; result: CacheSummary[] };
  /** master: every cache, and the pid of the process that has counted; null while no manager runs. It starts none. */
  'cache.counts': { params: undefined; result: { manager: number; caches: CacheSummary[] } | null };
  /** master: about a thousand keys; `next` is where the next page begins, and absent after the last. */
  'cache.keys': {
    params: { name: string; cursor?: number | undefined };
    result: { keys: string[]; next?: number | undefined };
  };
  /** master: these entries, but for those that are gone. */
  'cache.entries': { params: { name: string; keys: string[] }; result: CacheEntry[] };
  /** master: delete these entries, in every process. */
  'cache.delete': { params: { name: string; keys: string[] }; result: undefined };
  /** worker → master: how far it is; repeated after each reconnect. */
  'worker.stage': { params: WorkerStage; result: undefined };
  /** worker → master: a stage of its start failed; it exits by itself. */
  'worker.failed': { params: { id: number; stage: string; error: Failure }; result: undefined };
  /** worker → master: it was sent SIGTERM, what now? The master answers with `worker.leave` when it should go. */
  'worker.terminated': { params: { id: number }; result: undefined };
  /** master → worker: what it has done; a new generation is judged by it. */
  'worker.done': { params: undefined; result: WorkDone };
  /** master → worker: open the private sockets of its agent and its application. */
  'worker.debug': { params: undefined; result: undefined };
  /** master → worker: see the clients off, they find another worker; answered when none is left. */
  'worker.shed': { params: undefined; result: undefined };
  /** master → worker: run, if it waits. */
  'worker.run': { params: undefined; result: undefined };
  /** master → worker: close the application's private socket. Whether it answers tells whether it runs. */
  'worker.undebug': { params: undefined; result: undefined };
  /** master → worker: tell all that you measure, by the event `metrics`. Answered when that is told. */
  'worker.metrics': { params: undefined; result: undefined };
  /** master → worker: take no new connections; answered when the last one on its way has arrived. */
  'worker.unlisten': { params: undefined; result: undefined };
  /** master → worker: finish what is in flight, have yourself examined if there is to be an autopsy, then exit. */
  'worker.leave': { params: { autopsy: boolean }; result: undefined };
  /**
   * worker → master: nobody waits for it, and its agent listens: look into it now. `heap` is what V8 has in use, bytes.
   * Answered when that is done, or was given up.
   */
  'worker.autopsy': { params: { id: number; heap: number }; result: undefined };
  /** master: who has registered which statuses. */
  'status.directory': { params: undefined; result: (readonly [pid: number, names: readonly string[]])[] };
  /** anybody: what this process shows as its status of that name. */
  'status.view': { params: { name: string }; result: unknown };
  /** anybody: set it. The result is what its update function returned. */
  'status.update': { params: { name: string; value: unknown }; result: unknown };
}
export type RequestName = keyof Requests;
export type Params<N extends RequestName> = Requests[N]['params'];
export type Result<N extends RequestName> = Requests[N]['result'];

// ── Limits ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes of one frame. @default 16 MiB */
export const MAX_FRAME = 16 * 1024 * 1024;
/** Bytes waiting for one peer before it is cut off. @default 64 MiB */
export const MAX_BACKLOG = 64 * 1024 * 1024;
/** Bytes a process may queue before the bus is connected. @default 16 MiB */
export const MAX_QUEUE = 16 * 1024 * 1024;
/** Connections to one broker. @default 4096 */
export const MAX_PEERS = 4096;
/** How long a new connection may take to say hello, ms. @default 5000 */
export const HELLO_TIMEOUT = 5_000;
/** How long a request may take unless it says otherwise, ms. @default 10000 */
export const REQUEST_TIMEOUT = 10_000;
/** The environment variable that carries the socket's path to the processes of a cluster. */
export const SOCKET_VARIABLE = 'TROUPE_SOCKET';

/**
 * The one place that says what can be sent over the bus: kinds of frames and addresses here; in the folder `protocol`,
 * which comes with it, every request (`requests.ts`) and, by subject, what requests and events carry. How bytes are laid
 * out is in `frame.ts`; how values become bytes is in `codec.ts`.
 */

export type * from './protocol/autopsy.ts';
export type * from './protocol/cache.ts';
export type * from './protocol/cluster.ts';
export type * from './protocol/debugging.ts';
export type * from './protocol/failure.ts';
export type * from './protocol/requests.ts';
export type * from './protocol/worker.ts';

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

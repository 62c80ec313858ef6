import { constants } from 'node:os';

/**
 * What master and worker say to each other about connections, on the channel of `cluster.fork`: a handle can travel
 * nowhere else. A `cmd` that begins with NODE_ reaches `internalMessage` listeners only, never the application's.
 */
export const COMMAND = 'NODE_TROUPE_ACCEPT';

/** What the log says where a version of Node lacks what the accept path rests on. */
export const FELL_BACK = "this version of Node has another inside: connections come by node:cluster's own round-robin";

/** Instead of an errno: this version of Node has no handle to take over, and the worker listens in Node's own way. */
export const UNSUPPORTED = -constants.errno.ENOSYS;

/** What a server of a worker asks for, as `cluster._getServer` gets it. */
export interface ListenQuery {
  address: string | null;
  /** Below 0: `address` is the path of a Unix socket. */
  port: number;
  addressType: number | string;
  fd?: number | undefined;
  flags?: number | undefined;
  backlog?: number | undefined;
  readableAll?: boolean | undefined;
  writableAll?: boolean | undefined;
  /** Tells servers apart that ask for port 0: the n-th of each worker share one port. */
  index: number;
  /** What a TLS server shares with its siblings, or sessions would not resume: its ticket keys. */
  data?: unknown;
}

export type FromWorker =
  | { cmd: typeof COMMAND; act: 'listen'; seq: number; query: ListenQuery }
  | { cmd: typeof COMMAND; act: 'close'; key: string }
  /** With the handle of hand-over `seq`: no server is there for it, or none that has room, or it came too late. */
  | { cmd: typeof COMMAND; act: 'returned'; seq: number; key: string }
  /** A server is at its `maxConnections`, or is no longer. */
  | { cmd: typeof COMMAND; act: 'full'; key: string; full: boolean }
  | { cmd: typeof COMMAND; act: 'fenced'; seq: number };

export type FromMaster =
  | {
      cmd: typeof COMMAND;
      act: 'listening';
      seq: number;
      key: string;
      errno: number;
      sockname?: object | undefined;
      data?: unknown;
    }
  /** With a handle. Not to be served after `deadline` (`monotonic()`): another worker may have it already. */
  | { cmd: typeof COMMAND; act: 'connection'; seq: number; key: string; deadline: number }
  | { cmd: typeof COMMAND; act: 'fence'; seq: number };

/**
 * Node's own receipt for a handle, which the receiving process sends before anybody there sees the handle. A message of
 * ours beside it would cost a twentieth of all that a connection costs.
 */
export interface Receipt {
  /** The latter where the handle was lost on its way. */
  cmd: 'NODE_HANDLE_ACK' | 'NODE_HANDLE_NACK';
}

/**
 * What the master waits on top of a deadline, ms: a receipt that was sent before the deadline arrives in this time.
 */
export const GRACE = 100;

export const isOurs = (message: unknown): message is { cmd: typeof COMMAND } => commandOf(message) === COMMAND;

export function isReceipt(message: unknown): message is Receipt {
  const command = commandOf(message);
  return command === 'NODE_HANDLE_ACK' || command === 'NODE_HANDLE_NACK';
}

const commandOf = (message: unknown) =>
  typeof message === 'object' && message !== null && 'cmd' in message ? message.cmd : undefined;

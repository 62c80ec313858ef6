import { constants } from 'node:os';

/**
 * What master and worker say to each other about connections, on the channel of `cluster.fork`: a handle can travel
 * nowhere else. A `cmd` that begins with NODE_ reaches `internalMessage` listeners only, never the application's.
 */
export const COMMAND = 'NODE_TROUPE_ACCEPT';

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
  | { cmd: typeof COMMAND; act: 'taken' | 'refused'; seq: number }
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
  /** With a handle. Taken after `deadline` (µs of the system's monotonic clock), another worker may have it already. */
  | { cmd: typeof COMMAND; act: 'connection'; seq: number; key: string; deadline: number }
  | { cmd: typeof COMMAND; act: 'fence'; seq: number };

/**
 * What the master waits on top of a deadline, µs: an acknowledgement that was sent before the deadline arrives, and the
 * worker notices if it was stopped between looking at the clock and acknowledging.
 */
export const GRACE = 100_000;

/** The system's monotonic clock, µs: the same for every process, unlike `performance.now()`. */
export const monotonic = (): number => Number(process.hrtime.bigint() / 1_000n);

export const isOurs = (message: unknown): message is { cmd: typeof COMMAND } =>
  typeof message === 'object' && message !== null && 'cmd' in message && message.cmd === COMMAND;

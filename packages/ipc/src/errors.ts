/** What can go wrong on the bus. Each code has one factory; the message says what was given and what to do. */

export type IpcErrorCode =
  | 'TROUPE_ERR_IPC_BAD_ARGUMENT'
  | 'TROUPE_ERR_IPC_BAD_PARAMS'
  | 'TROUPE_ERR_IPC_BAD_TARGET'
  | 'TROUPE_ERR_IPC_CLOSED'
  | 'TROUPE_ERR_IPC_CUT_OFF'
  | 'TROUPE_ERR_IPC_DISCONNECTED'
  | 'TROUPE_ERR_IPC_DUPLICATE_HANDLER'
  | 'TROUPE_ERR_IPC_DUPLICATE_STATUS'
  | 'TROUPE_ERR_IPC_LISTENER'
  | 'TROUPE_ERR_IPC_MALFORMED'
  | 'TROUPE_ERR_IPC_NOT_ENCODABLE'
  | 'TROUPE_ERR_IPC_NO_ANSWER'
  | 'TROUPE_ERR_IPC_NO_CLUSTER'
  | 'TROUPE_ERR_IPC_NO_HANDLER'
  | 'TROUPE_ERR_IPC_NO_PEER'
  | 'TROUPE_ERR_IPC_PATH_TOO_LONG'
  | 'TROUPE_ERR_IPC_PEER_GONE'
  | 'TROUPE_ERR_IPC_QUEUE_FULL'
  | 'TROUPE_ERR_IPC_READ_ONLY_STATUS'
  | 'TROUPE_ERR_IPC_REFUSED'
  | 'TROUPE_ERR_IPC_SOCKET_IN_USE'
  | 'TROUPE_ERR_IPC_TOO_LARGE'
  | 'TROUPE_ERR_IPC_TOO_MANY_REQUESTS'
  | 'TROUPE_ERR_IPC_UNKNOWN_STATUS'
  | 'TROUPE_ERR_IPC_UNSAFE_DIRECTORY'
  | 'TROUPE_ERR_IPC_NO_DIRECTORY';

/** An error of this package. Switch on `code`; the message is for people. */
export class IpcError extends Error {
  override readonly name = 'IpcError';
  readonly code: IpcErrorCode;

  constructor(code: IpcErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const UNANSWERED: readonly unknown[] = [
  'TROUPE_ERR_IPC_CLOSED',
  'TROUPE_ERR_IPC_DISCONNECTED',
  'TROUPE_ERR_IPC_NO_ANSWER',
  'TROUPE_ERR_IPC_NO_PEER',
  'TROUPE_ERR_IPC_PEER_GONE',
] satisfies IpcErrorCode[];

/** Whether a request failed only because nobody was there to answer it, or not in time. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof IpcError && UNANSWERED.includes(error.code);
}

/** What another process failed with: its code, message and stack. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: string;

  constructor(failure: { code: string; message: string; stack?: string | undefined }) {
    super(failure.message);
    this.code = failure.code;
    if (failure.stack !== undefined) this.stack = failure.stack;
  }
}

export const badArgument = (what: string): IpcError => new IpcError('TROUPE_ERR_IPC_BAD_ARGUMENT', what);

export const badParams = (name: string, cause: unknown): IpcError =>
  new IpcError('TROUPE_ERR_IPC_BAD_PARAMS', `The parameters of '${name}' were refused: ${messageOf(cause)}`, { cause });

export const badTarget = (target: unknown): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_BAD_TARGET',
    `${describe(target)} is no target. Use 'self', 'master', 'workers', 'all' or a pid (a positive integer).`,
  );

export const tooManyTargets = (count: number, most: number): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_BAD_TARGET',
    `${count} targets were given; one message takes at most ${most}. Use 'workers' or 'all', or send several messages.`,
  );

export const closed = (): IpcError =>
  new IpcError('TROUPE_ERR_IPC_CLOSED', 'This client of the bus is closed. connect() makes a new one.');

/** @param pid 0 before the process has said who it is */
export const cutOff = (pid: number, reason: string): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_CUT_OFF',
    `The connection of ${pid === 0 ? 'an unknown process' : `process ${pid}`} to the bus was cut off: ${reason}.`,
  );

export const disconnected = (cause?: unknown): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_DISCONNECTED',
    `The connection to the master broke before the answer came${cause === undefined ? '' : ` (${messageOf(cause)})`}. ` +
      'Whether the request was carried out is unknown; ask again if repeating it does no harm.',
    { cause },
  );

export const duplicateHandler = (name: string): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_DUPLICATE_HANDLER',
    `This process already answers '${name}'. A request has one handler; remove the first one before setting another.`,
  );

export const duplicateStatus = (name: string): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_DUPLICATE_STATUS',
    `This process has registered the status '${name}' already. Choose another name, or unregister('${name}') first.`,
  );

export const listenerThrew = (event: string, cause: unknown): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_LISTENER',
    `A listener of '${event}' threw: ${messageOf(cause)}. The other listeners were called.`,
    { cause },
  );

export const malformed = (what: string): IpcError =>
  new IpcError('TROUPE_ERR_IPC_MALFORMED', `A frame could not be read: ${what}.`);

export const notEncodable = (what: string, cause: unknown): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_NOT_ENCODABLE',
    `${what} cannot be sent: ${messageOf(cause)}. The bus carries JSON values, undefined, BigInt, Date, Map, Set, RegExp, ` +
      'Buffer, typed arrays and Error, without cycles.',
    { cause },
  );

export const noAnswer = (name: string, pids: readonly number[], ms: number): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_NO_ANSWER',
    `${pids.length === 0 ? 'The master' : `Process ${pids.join(', ')}`} did not answer '${name}' within ${ms} ms. ` +
      'It may be busy, stopped, or its handler never settles.',
  );

export const noCluster = (name: string): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_NO_CLUSTER',
    `Nobody can answer '${name}': this process belongs to no cluster and has no handler for it. ` +
      'Start it under a cluster, or connect(path) to one.',
  );

export const noHandler = (name: string, pid: number): IpcError =>
  new IpcError('TROUPE_ERR_IPC_NO_HANDLER', `Process ${pid} has no handler for '${name}'.`);

export const noPeer = (target: string): IpcError =>
  new IpcError('TROUPE_ERR_IPC_NO_PEER', `${target} is not connected to the bus.`);

export const peerGone = (pid: number): IpcError =>
  new IpcError('TROUPE_ERR_IPC_PEER_GONE', `Process ${pid} went away before it answered.`);

export const pathTooLong = (path: string, bytes: number, most: number): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_PATH_TOO_LONG',
    `The socket path ${path} has ${bytes} bytes; this system allows ${most}. Set TROUPE_RUN_DIR or XDG_RUNTIME_DIR to a shorter directory.`,
  );

export const queueFull = (bytes: number): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_QUEUE_FULL',
    `${bytes} bytes wait to be sent to the master; further messages are refused until it takes some.`,
  );

export const readOnlyStatus = (name: string, pid: number): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_READ_ONLY_STATUS',
    `Process ${pid} registered the status '${name}' without an update function: it can be read, not set.`,
  );

export const refused = (reason: string): IpcError =>
  new IpcError('TROUPE_ERR_IPC_REFUSED', `The master turned this process away: ${reason}`);

export const socketInUse = (path: string): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_SOCKET_IN_USE',
    `Another process listens on ${path}. Stop it, or use another directory (TROUPE_RUN_DIR).`,
  );

export const tooLarge = (what: string, bytes: number, most: number): IpcError =>
  new IpcError('TROUPE_ERR_IPC_TOO_LARGE', `${what} takes ${bytes} bytes; one message carries at most ${most}.`);

export const tooManyRequests = (most: number): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_TOO_MANY_REQUESTS',
    `More than ${most} requests of this process wait for answers. Wait for some of them first.`,
  );

export const unknownStatus = (name: string, known: readonly string[]): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_UNKNOWN_STATUS',
    `No process has registered the status '${name}'; ${known.length === 0 ? 'none is' : `there are '${known.join("', '")}'`}.`,
  );

export const unsafeDirectory = (path: string, why: string): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_UNSAFE_DIRECTORY',
    `${path} cannot hold the sockets of a cluster: ${why}. It must be a directory of this user with mode 0700.`,
  );

export const noDirectory = (path: string, cause: Error): IpcError =>
  new IpcError(
    'TROUPE_ERR_IPC_NO_DIRECTORY',
    `${path}, for the sockets of a cluster, cannot be created: ${cause.message}. Set TROUPE_RUN_DIR to a directory of this user's.`,
    { cause },
  );

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whatever was thrown, as an Error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What can go wrong with the cache. Each code has one factory; the message says what was given and what to do. */
import { messageOf } from '@troupe/ipc/transport';

export type CacheErrorCode =
  | 'TROUPE_ERR_CACHE_BAD_ARGUMENT'
  | 'TROUPE_ERR_CACHE_LOAD_TIMEOUT'
  | 'TROUPE_ERR_CACHE_MALFORMED'
  | 'TROUPE_ERR_CACHE_NOT_ENCODABLE'
  | 'TROUPE_ERR_CACHE_NOT_STORED'
  | 'TROUPE_ERR_CACHE_NO_MANAGER'
  | 'TROUPE_ERR_CACHE_NO_PERSISTENCE'
  | 'TROUPE_ERR_CACHE_NO_VALUE'
  | 'TROUPE_ERR_CACHE_OUTCOME_UNKNOWN'
  | 'TROUPE_ERR_CACHE_PERSIST_FILE'
  | 'TROUPE_ERR_CACHE_PERSIST_LOCKED'
  | 'TROUPE_ERR_CACHE_TIMEOUT'
  | 'TROUPE_ERR_CACHE_TOO_LARGE'
  | 'TROUPE_ERR_CACHE_UNAVAILABLE';

/** An error of this package. Switch on `code`; the message is for people. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const badArgument = (what: string): CacheError => new CacheError('TROUPE_ERR_CACHE_BAD_ARGUMENT', what);

export const loadTimeout = (key: string, ms: number): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_LOAD_TIMEOUT',
    `The loader of ${quote(key)} has not settled within ${ms} ms. Whoever waited for it was told so. ` +
      'If it may take longer, give use() a longer timeout.',
  );

export const malformed = (what: string): CacheError =>
  new CacheError('TROUPE_ERR_CACHE_MALFORMED', `A message of the cache could not be read: ${what}.`);

export const notEncodable = (key: string, cause: unknown): CacheError =>
  new CacheError('TROUPE_ERR_CACHE_NOT_ENCODABLE', `The value of ${quote(key)} cannot be cached: ${messageOf(cause)}`, {
    cause,
  });

export const notStored = (key: string, reason: string): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_NOT_STORED',
    `The change of ${quote(key)} could not be stored (${reason}), so it was not made.`,
  );

export const noManager = (ms: number, problem: Error | undefined): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_NO_MANAGER',
    `This process has had no cache for ${ms} ms${problem === undefined ? '' : ` (${problem.message})`}. ` +
      'Start the cluster with cache.enable, or call enable({ enable: true }).',
    { cause: problem },
  );

export const noPersistence = (name: string): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_NO_PERSISTENCE',
    `Cache ${quote(name)} asks for persist: true, and the cache manager has no directory for it. Give it a persistPath.`,
  );

export const noValue = (key: string): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_NO_VALUE',
    `The loader of ${quote(key)} returned undefined, which cannot be cached. Return null if there is no value; ` +
      'you may have forgotten a return.',
  );

export const outcomeUnknown = (what: string, why: string): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_OUTCOME_UNKNOWN',
    `${what}: ${why}. Whether it took effect is unknown; read the key, or do it again if that does no harm.`,
  );

export const persistFile = (path: string, cause: unknown): CacheError =>
  new CacheError('TROUPE_ERR_CACHE_PERSIST_FILE', `${path} cannot be used for persistence: ${messageOf(cause)}`, {
    cause,
  });

export const persistLocked = (path: string, pid: number | undefined): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_PERSIST_LOCKED',
    `${path} is in use by ${pid === undefined ? 'another process' : `process ${pid}`}. Stop it, or give this cluster another persistPath.`,
  );

export const switchedOff = (): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_NO_MANAGER',
    'The cache of this cluster is switched off (cache.enable: false). Start the cluster with cache.enable: true to use it.',
  );

export const timedOut = (what: string, ms: number, waitedFor: string): CacheError =>
  new CacheError('TROUPE_ERR_CACHE_TIMEOUT', `${what} took longer than ${ms} ms; it still waits for ${waitedFor}.`);

export const tooLarge = (key: string, bytes: number, most: number): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_TOO_LARGE',
    `The value of ${quote(key)} takes ${bytes} bytes; at most ${most} can be cached. Split it, or cache what is made of it.`,
  );

export const tooMuch = (): CacheError =>
  new CacheError(
    'TROUPE_ERR_CACHE_UNAVAILABLE',
    'So much waits to be sent to the cache manager that this was not sent. Wait for some calls before making more.',
  );

/** A name in a message, however long it is. */
export function quote(name: string): string {
  return `'${name.length > 60 ? `${name.slice(0, 60)}…` : name}'`;
}

import { badArgument } from './errors.ts';

/** What all processes that use a cache should agree on; what was said last counts, but for `persist`, which stays on. */
export interface SharedOptions {
  /** Survives the end of the manager and of the whole cluster. @default false */
  persist: boolean;
  /** How long one load may take, ms, and any call that does not say how long it waits. @default 3000 */
  timeout: number;
  /** When there are more entries, those go that were not used for longest. @default 1000000 */
  maxEntries: number;
  /** The same in bytes: keys, values, and 200 for each entry. @default 268435456 */
  maxBytes: number;
  /** How long an expired value is still served while somebody loads it anew, ms. @default 0 */
  staleWhileRevalidate: number;
}

/** How a process uses a cache. */
export interface UseOptions extends Partial<SharedOptions> {
  /** How long what is set or loaded lasts, ms; 0 is for ever. @default 0 */
  expire?: number;
  /**
   * Readers of this process get one frozen object instead of a copy each. `Map`, `Set`, `Date` and buffers in it cannot
   * be frozen: leave them as they are. @default false
   */
  share?: boolean;
  /**
   * What this process may hold near, so that it is read like memory. 0 entries: nothing.
   * @default { maxEntries: 10000, maxBytes: 33554432 }
   */
  near?: { maxEntries?: number; maxBytes?: number };
  /**
   * Loads what is popular anew before it expires, by one process while the others go on reading: the more eagerly, the
   * longer a load takes and the greater this is; 1 is a good start, 0 is off (XFetch, Vattani et al. 2015). @default 0
   */
  earlyRefresh?: number;
}

export interface ResolvedOptions extends SharedOptions {
  expire: number;
  share: boolean;
  near: { maxEntries: number; maxBytes: number };
  earlyRefresh: number;
}

const DEFAULTS: ResolvedOptions = {
  persist: false,
  expire: 0,
  timeout: 3_000,
  maxEntries: 1_000_000,
  maxBytes: 256 * 1024 * 1024,
  staleWhileRevalidate: 0,
  share: false,
  near: { maxEntries: 10_000, maxBytes: 32 * 1024 * 1024 },
  earlyRefresh: 0,
};

/** The longest delay that Node's timers can hold. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** @throws TROUPE_ERR_CACHE_BAD_ARGUMENT */
export function resolveOptions(given: UseOptions = {}): ResolvedOptions {
  for (const [name, value] of Object.entries(given)) checkOption(name, value);
  for (const [name, value] of Object.entries(given.near ?? {})) checkAmount(`near.${name}`, value);
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...set, near: { ...DEFAULTS.near, ...given.near } };
}

function checkOption(name: string, value: unknown): void {
  if (value === undefined) return;
  if (!Object.hasOwn(DEFAULTS, name))
    throw badArgument(`A cache has no option '${name}'; there are ${Object.keys(DEFAULTS).join(', ')}.`);
  const wanted = typeof DEFAULTS[name as keyof ResolvedOptions];
  if (typeof value !== wanted || value === null)
    throw badArgument(`The option ${name} of a cache must be a ${wanted}; ${value} was given.`);
  if (wanted === 'number') checkAmount(name, value);
  if (name === 'timeout') checkWait(value, 'timeout');
}

function checkAmount(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER))
    throw badArgument(`The option ${name} of a cache must be a number, 0 or more; ${value} was given.`);
}

/** @throws TROUPE_ERR_CACHE_BAD_ARGUMENT */
export function checkWait(wait: unknown, name = 'wait'): number {
  if (typeof wait !== 'number' || !(wait > 0 && wait <= LONGEST_TIMER))
    throw badArgument(`${name} must be a number of ms above 0 and up to ${LONGEST_TIMER}; ${wait} was given.`);
  return wait;
}

/** @throws TROUPE_ERR_CACHE_BAD_ARGUMENT */
export function checkExpire(expire: unknown): number {
  if (typeof expire !== 'number' || !(expire >= 0 && expire <= Number.MAX_SAFE_INTEGER))
    throw badArgument(`expire must be a number of ms, 0 for ever; ${expire} was given.`);
  return expire;
}

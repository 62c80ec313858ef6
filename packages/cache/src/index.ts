/** The shared cache, as `cluster2/cache` had it: `use`, `enable`, `user`. */
import type { Cache } from './cache.ts';
import { enabler } from './enable.ts';
import type { UseOptions } from './options.ts';
import { ProcessCache } from './process-cache.ts';
import { type CacheUser, userOf } from './user.ts';

export type { Cache, CallOptions, GetOptions, SetOptions } from './cache.ts';
export type { Loader } from './client/loader.ts';
export { describeCaches } from './describe.ts';
export type { Enabled, EnableOptions } from './enable.ts';
export { CacheError, type CacheErrorCode } from './errors.ts';
export type { UseOptions } from './options.ts';
export type { CacheMeta, CacheStat, KeysPage } from './questions.ts';
export type { CacheUser } from './user.ts';
export type { WatchListener, WatchOptions } from './watch-list.ts';

const here = new ProcessCache();

/**
 * The cache of that name, which all processes have in common. It connects when it is needed, and calls made before wait.
 * @throws TROUPE_ERR_CACHE_BAD_ARGUMENT
 */
export function use<V = unknown>(name: string, options?: UseOptions): Cache<V> {
  return here.use<V>(name, options);
}

export const enable = enabler(here);

/** All caches, to be looked at. */
export function user(): CacheUser {
  here.join();
  return userOf(here);
}

/** Connects this process to a cache manager. The processes of a cluster, and `enable()`, do it by themselves. */
export function connect(socket: string): void {
  here.connect(socket);
}

/** Leaves the cache manager. */
export function disconnect(): Promise<void> {
  return here.close();
}

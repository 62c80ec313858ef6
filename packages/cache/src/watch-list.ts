import type { Watcher, Watching } from './client/watching.ts';
import { decodeValue } from './values.ts';

/** Hears of changes: `value` is undefined when the key was deleted, has expired or had to make room. */
export type WatchListener<V> = (value: V | undefined, key: string) => void;

export interface WatchOptions {
  /** Changes may have been missed, as the cache manager was away: read again what matters. */
  missed?: (why: string) => void;
}

/** The listeners of one cache; the same one for the same key is called once. */
export class WatchList<V> {
  readonly #watching: Watching;
  readonly #byKey = new Map<string | null, Map<WatchListener<V>, Watcher>>();

  constructor(watching: Watching) {
    this.#watching = watching;
  }

  add(key: string | null, listener: WatchListener<V>, { missed }: WatchOptions): () => void {
    this.remove(key, listener);
    const watcher: Watcher = {
      changed: (changed, value) => listener(value === undefined ? undefined : (decodeValue(value) as V), changed),
      missed: why => missed?.(why),
    };
    const watchers = this.#byKey.get(key) ?? new Map<WatchListener<V>, Watcher>();
    this.#byKey.set(key, watchers.set(listener, watcher));
    this.#watching.add(key, watcher);
    return () => this.remove(key, listener);
  }

  remove(key: string | null, listener: WatchListener<V>): void {
    const watchers = this.#byKey.get(key);
    const watcher = watchers?.get(listener);
    if (watcher === undefined) return;
    watchers?.delete(listener);
    if (watchers?.size === 0) this.#byKey.delete(key);
    this.#watching.remove(key, watcher);
  }
}

import type { TroupePromise } from '@troupe/ipc';
import type { Settle, Waiting } from './client/call.ts';
import type { Loader } from './client/loader.ts';
import type { Member } from './client/member.ts';
import type { Opened } from './client/opened.ts';
import { badArgument } from './errors.ts';
import { Getting, handOut, type Place, Putting, valueFor } from './operations.ts';
import type { ResolvedOptions } from './options.ts';
import { Patience } from './patience.ts';
import type { CacheMeta, CacheStat, KeysPage, Questions } from './questions.ts';
import type { Stored } from './stored.ts';
import { checkKey } from './values.ts';
import { WatchList, type WatchListener, type WatchOptions } from './watch-list.ts';

export interface CallOptions {
  /** How long the whole call may take, ms. @default the `timeout` of the cache */
  wait?: number;
}

export interface GetOptions extends CallOptions {
  /** How long what is loaded lasts, ms; 0 is for ever. @default that of the cache */
  expire?: number;
}

export interface SetOptions extends GetOptions {
  /** Do nothing if something is there. @default false */
  leaveIfNotNull?: boolean;
}

/**
 * One cache of the cluster, as this process uses it. Whatever is given to it in a wrong form rejects the call with
 * `TROUPE_ERR_CACHE_BAD_ARGUMENT`. A call that takes longer than its `wait` rejects with `TROUPE_ERR_CACHE_TIMEOUT`, a
 * change that may have been made all the same with `TROUPE_ERR_CACHE_OUTCOME_UNKNOWN`; when there is no cache manager at
 * all, it is `TROUPE_ERR_CACHE_NO_MANAGER`.
 */
export class Cache<V = unknown> {
  readonly name: string;
  readonly #place: Place;
  readonly #member: Member;
  readonly #patience: Patience;
  readonly #watchers: WatchList<V>;

  /** @internal see `use` */
  constructor(member: Member, opened: Opened, options: ResolvedOptions) {
    this.name = opened.name;
    this.#member = member;
    this.#place = { opened, options };
    this.#patience = new Patience(`cache ${opened.name}`, member, options.timeout);
    this.#watchers = new WatchList(opened.watching);
  }

  /**
   * Reads a key; null when it is not there. With a loader, one process of the cluster loads what is not there, and all
   * who ask meanwhile get what it loads, or its error, with which nothing is kept. The loader of a process that dies is
   * replaced by that of another who waits.
   *
   * The value is the caller's own, unless the cache was opened with `share`. A read that begins after a change was
   * acknowledged, in whatever process, never finds what was there before.
   * @throws TROUPE_ERR_CACHE_NO_VALUE, TROUPE_ERR_CACHE_LOAD_TIMEOUT, or what the loader threw
   */
  get(key: string, loader: Loader<V>, options?: GetOptions): TroupePromise<V>;
  get(key: string, loader?: Loader<V> | null, options?: GetOptions): TroupePromise<V | null>;
  get(key: string, loader?: Loader<V> | null, options?: GetOptions): TroupePromise<V | null> {
    const { opened } = this.#place;
    const near = opened.lookUp(key);
    if (near !== undefined) return handOut<V>(near, this.#place.options);
    return this.#patience.start(new Getting(this.#place, key, loader ?? undefined, options?.expire), options?.wait);
  }

  /**
   * Writes a key; resolves with whether it was accepted.
   * @throws TROUPE_ERR_CACHE_NOT_ENCODABLE, TROUPE_ERR_CACHE_TOO_LARGE, TROUPE_ERR_CACHE_NOT_STORED
   */
  set(key: string, value: V, options?: SetOptions): TroupePromise<boolean> {
    const ifAbsent = options?.leaveIfNotNull === true;
    return this.#patience.start(new Putting(this.#place, key, value, options?.expire, ifAbsent), options?.wait);
  }

  /** Removes a key; resolves with what was there, or null. */
  del(key: string, options: CallOptions = {}): TroupePromise<V | null> {
    return this.#patience.change(`del '${key}'`, options.wait, settle =>
      this.#place.opened.del(checkKey(key), {
        reject: problem => settle.reject(problem),
        resolve: old => settle.resolve(old === undefined ? null : this.#valueOf(old)),
      }),
    );
  }

  has(key: string, options: CallOptions = {}): TroupePromise<boolean> {
    return this.#patience.read(`has '${key}'`, options.wait, settle => this.#place.opened.has(checkKey(key), settle));
  }

  /** All keys. Those that come or go meanwhile may be among them or not. */
  keys(options: CallOptions = {}): TroupePromise<string[]> {
    return this.#patience.all('keys', options.wait, within => this.#allKeys(within));
  }

  /** All keys with their values, read one by one. */
  entries(options: CallOptions = {}): TroupePromise<[string, V][]> {
    return this.#patience.all('entries', options.wait, async within => {
      const keys = await this.#allKeys(within);
      const values = await Promise.all(keys.map(key => within<V | undefined>(settle => this.#peek(key, settle))));
      return keys.flatMap((key, i): [string, V][] => {
        const value = values[i];
        return value === undefined ? [] : [[key, value]];
      });
    });
  }

  /**
   * Calls `listener` at every change of a key, or of all with null, in the order of the changes of each key.
   * @returns the function that stops it
   */
  watch(key: string | null, listener: WatchListener<V>, options: WatchOptions = {}): () => void {
    if (typeof listener !== 'function') throw badArgument('watch() needs a function to call.');
    return this.#watchers.add(key === null ? null : checkKey(key), listener, options);
  }

  unwatch(key: string | null, listener: WatchListener<V>): void {
    this.#watchers.remove(key, listener);
  }

  /** What has been going on in it, in all processes. */
  stat(options: CallOptions = {}): TroupePromise<CacheStat> {
    this.#member.tally();
    return this.#patience.read('stat', options.wait, settle => this.#ask('stat', settle));
  }

  /** What it is: the options that count for all processes. */
  meta(options: CallOptions = {}): TroupePromise<CacheMeta> {
    return this.#patience.read('meta', options.wait, settle => this.#ask('meta', settle));
  }

  /** Removes everything that is in it. */
  destroy(options: CallOptions = {}): TroupePromise<void> {
    return this.#patience.change('destroy', options.wait, settle =>
      this.#ask('destroy', { reject: problem => settle.reject(problem), resolve: () => settle.resolve(undefined) }),
    );
  }

  // ── Parts ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #valueOf(value: Stored): V {
    return valueFor(value, this.#place.options);
  }

  async #allKeys(within: <T>(begin: (settle: Settle<T>) => Waiting) => TroupePromise<T>): Promise<string[]> {
    const keys: string[] = [];
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const params: Questions['keys']['params'] = { name: this.name, cursor };
      const page: KeysPage = await within(settle => this.#member.ask('keys', params, settle));
      keys.push(...page.keys);
      cursor = page.next;
    }
    return keys;
  }

  #peek(key: string, settle: Settle<V | undefined>): Waiting {
    const resolve = (value: Stored | undefined) =>
      settle.resolve(value === undefined ? undefined : this.#valueOf(value));
    return this.#place.opened.peek(key, { reject: problem => settle.reject(problem), resolve });
  }

  #ask<Q extends 'stat' | 'meta' | 'destroy'>(question: Q, settle: Settle<Questions[Q]['result']>): Waiting {
    return this.#member.ask(question, { name: this.name } as Questions[Q]['params'], settle);
  }
}

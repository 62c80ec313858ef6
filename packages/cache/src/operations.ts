/** The operations that there are most of, each as one object: see `cache.ts`. */
import { TroupePromise } from '@troupe/ipc';
import type { Waiting } from './client/call.ts';
import { type Loader, loaderOf } from './client/loader.ts';
import type { NearEntry } from './client/near-store.ts';
import type { Opened } from './client/opened.ts';
import type { Found } from './client/reading.ts';
import { badArgument } from './errors.ts';
import { checkExpire, type ResolvedOptions } from './options.ts';
import { Patient } from './patient.ts';
import type { Stored } from './stored.ts';
import { checkKey, decodeValue, encodeValue, freeze, isPrimitive } from './values.ts';

/** What an operation knows of its cache. */
export interface Place {
  readonly opened: Opened;
  readonly options: ResolvedOptions;
}

/** A value for a reader: his own, or frozen for all of them. */
export function valueFor<V>(value: Stored, { share }: ResolvedOptions): V {
  const decoded = decodeValue(value);
  return (share ? freeze(decoded) : decoded) as V;
}

/** What a reader of the near store gets. What all readers may have is made once. */
export function handOut<V>(near: NearEntry, options: ResolvedOptions): TroupePromise<V> {
  if (near.ready !== undefined) return near.ready as TroupePromise<V>;
  return share(near, valueFor<V>(near.value, options), options);
}

function share<V>(near: NearEntry, value: V, options: ResolvedOptions): TroupePromise<V> {
  const promise = TroupePromise.resolve(value) as TroupePromise<V>;
  if (options.share || isPrimitive(value)) near.ready = promise;
  return promise;
}

export class Getting<V> extends Patient<Found, V | null> {
  readonly #place: Place;
  readonly #key: string;
  readonly #loader: Loader<V> | undefined;
  readonly #expire: number | undefined;

  /** @param expire how long what is loaded lasts, ms; 0 is for ever @default that of the cache */
  constructor(place: Place, key: string, loader: Loader<V> | undefined, expire: number | undefined) {
    super();
    this.#place = place;
    this.#key = key;
    this.#loader = loader;
    this.#expire = expire;
  }

  get what(): string {
    return `get '${this.#key}'`;
  }

  get isChange(): boolean {
    return false;
  }

  override begin(): Waiting {
    const { opened, options } = this.#place;
    const key = checkKey(this.#key);
    const loader = this.#loader;
    if (loader !== undefined && typeof loader !== 'function')
      throw badArgument(`The loader must be a function; ${typeof loader} was given.`);
    const expire = this.#expire === undefined ? options.expire : checkExpire(this.#expire);
    return opened.get(key, loader && loaderOf(key, loader, options.timeout, expire), this);
  }

  protected override valueOf({ value, near }: Found): V | null {
    if (value === undefined) return null;
    const { options } = this.#place;
    const found = valueFor<V>(value, options);
    if (near !== undefined && (options.share || isPrimitive(found))) share(near, found, options);
    return found;
  }
}

export class Putting extends Patient<boolean, boolean> {
  readonly #place: Place;
  readonly #key: string;
  readonly #value: unknown;
  readonly #expire: number | undefined;
  readonly #ifAbsent: boolean;

  /** @param expire ms; 0 is for ever @default that of the cache */
  constructor(place: Place, key: string, value: unknown, expire: number | undefined, ifAbsent: boolean) {
    super();
    this.#place = place;
    this.#key = key;
    this.#value = value;
    this.#expire = expire;
    this.#ifAbsent = ifAbsent;
  }

  get what(): string {
    return `set '${this.#key}'`;
  }

  get isChange(): boolean {
    return true;
  }

  override begin(): Waiting {
    const { opened, options } = this.#place;
    const expire = this.#expire === undefined ? options.expire : checkExpire(this.#expire);
    const value = encodeValue(this.#value, checkKey(this.#key));
    return opened.set(this.#key, value, expire, this.#ifAbsent, this);
  }

  protected override valueOf(accepted: boolean): boolean {
    return accepted;
  }
}

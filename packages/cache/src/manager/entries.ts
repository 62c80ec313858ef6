import type { Stored } from '../stored.ts';
import { Deadlines } from './deadlines.ts';
import type { Reader } from './peer.ts';
import { ShardedMap } from './sharded-map.ts';

/** What an entry takes beside its key and its value, bytes: measured with a million of them. */
const ENTRY_OVERHEAD = 200;
/** Among so many of those that were not used for longest, one that no process holds near goes first. */
const EVICTION_CHOICE = 8;
/** So many expired or replaced entries may wait for their time before they are sorted out. */
const IDLE_DEADLINES = 1_024;

/** What is to be kept under a key. Times are those of the manager's clock, ms; 0 is never. */
export interface Content {
  value: Stored;
  /** It is fresh until then. */
  expiresAt: number;
  /** How long loading it took, ms; 0 when it was set. */
  cost: number;
}

/** One key and what it holds. */
export class Entry implements Content {
  readonly key: string;
  value: Stored = '';
  expiresAt = 0;
  cost = 0;
  /** Counts changes of the cache: those of this one came with this. */
  version = 0;
  /** The processes that may have a copy in their near store. */
  holders: Reader[] = [];
  /** When it stands among the deadlines; 0 for not at all. */
  dueAt = 0;
  gone = false;
  /** It has to make room, and goes as soon as it can. */
  dismissed = false;
  /** Its neighbours in the order of use. */
  newer: Entry | undefined;
  older: Entry | undefined;

  constructor(key: string) {
    this.key = key;
  }

  get bytes(): number {
    return ENTRY_OVERHEAD + this.key.length + this.value.length;
  }

  isFresh(now: number): boolean {
    return this.expiresAt === 0 || now < this.expiresAt;
  }
}

/** Most entries share it, so that a million of them need no list each. */
const NOBODY: Reader[] = [];

export interface Limits {
  maxEntries: number;
  maxBytes: number;
  /** How long an expired value may still be served while it is loaded anew, ms. */
  staleWhileRevalidate: number;
}

/** The entries of one cache: by key, in the order of their use, and in that of their expiry. */
export class Entries {
  readonly #byKey = new ShardedMap<Entry>();
  readonly #deadlines = new Deadlines<Entry>();
  #limits: Limits;
  #bytes = 0;
  #version = 0;
  #newest: Entry | undefined;
  #oldest: Entry | undefined;
  #idle = 0;
  #dismissed = { count: 0, bytes: 0 };

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#byKey.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get version(): number {
    return this.#version;
  }

  /** When the next one may have to go. */
  get nextDeadline(): number | undefined {
    return this.#deadlines.next;
  }

  limit(limits: Limits): void {
    this.#limits = limits;
  }

  /** Also one that has expired and may still be served as stale. */
  get(key: string, now: number): Entry | undefined {
    const entry = this.#byKey.get(key);
    return entry === undefined || this.#hasEnded(entry, now) ? undefined : entry;
  }

  put(key: string, { value, expiresAt, cost }: Content): Entry {
    const known = this.#byKey.get(key);
    const entry = known ?? new Entry(key);
    if (known === undefined) {
      this.#byKey.set(key, entry);
      this.#link(entry);
    } else {
      this.#readmit(entry);
      this.#bytes -= entry.bytes;
      this.touch(entry);
    }
    entry.value = value;
    entry.expiresAt = expiresAt;
    entry.cost = cost;
    entry.version = ++this.#version;
    entry.holders = NOBODY;
    this.#bytes += entry.bytes;
    this.#await(entry);
    return entry;
  }

  remove(key: string): Entry | undefined {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return undefined;
    this.#readmit(entry);
    this.#byKey.delete(key);
    this.#unlink(entry);
    this.#bytes -= entry.bytes;
    this.#version++;
    entry.gone = true;
    entry.value = '';
    if (entry.dueAt !== 0) this.#leaveIdle();
    return entry;
  }

  /** It was used. */
  touch(entry: Entry): void {
    if (this.#newest === entry) return;
    this.#unlink(entry);
    this.#link(entry);
  }

  hold(entry: Entry, reader: Reader, now: number): void {
    if (entry.holders.includes(reader)) return;
    // One whose lease has ended stays: it reads its copy again once it has another.
    entry.holders = entry.holders.filter(({ peer }) => !peer.gone || peer.mayRead(now));
    entry.holders.push(reader);
  }

  /** Takes out one that has ended; what else was due is put off. */
  takeEnded(now: number): Entry | undefined {
    for (let entry = this.#deadlines.take(now); entry !== undefined; entry = this.#deadlines.take(now)) {
      if (entry.gone) {
        this.#idle--;
        continue;
      }
      entry.dueAt = 0;
      if (this.#hasEnded(entry, now)) return this.remove(entry.key);
      this.#await(entry);
    }
    return undefined;
  }

  /** Whether there is more than may be, beside those that are about to go. */
  get isFull(): boolean {
    const { maxEntries, maxBytes } = this.#limits;
    const { count, bytes } = this.#dismissed;
    return this.count - count > maxEntries || this.#bytes - bytes > maxBytes;
  }

  /**
   * Who has to go, as there is too much; `spared` says who cannot go now. What processes hold near is used there, which
   * does not show in the order here.
   */
  excess(spared: (key: string) => boolean): Entry | undefined {
    if (!this.isFull) return undefined;
    let first: Entry | undefined;
    let entry = this.#oldest;
    for (let tried = 0; entry !== undefined && tried < EVICTION_CHOICE; entry = entry.newer) {
      if (entry.dismissed || spared(entry.key)) continue;
      if (entry.holders.length === 0) return entry;
      first ??= entry;
      tried++;
    }
    return first;
  }

  /** It is as good as gone for {@link excess}. */
  dismiss(entry: Entry): void {
    entry.dismissed = true;
    this.#dismissed.count++;
    this.#dismissed.bytes += entry.bytes;
  }

  page(cursor: number, least: number): { values: Entry[]; next: number | undefined } {
    return this.#byKey.page(cursor, least);
  }

  #hasEnded(entry: Entry, now: number): boolean {
    return entry.expiresAt !== 0 && now >= entry.expiresAt + this.#limits.staleWhileRevalidate;
  }

  /** An entry that is there already for an earlier time is looked at then. */
  #await(entry: Entry): void {
    if (entry.expiresAt === 0) return;
    const due = entry.expiresAt + this.#limits.staleWhileRevalidate;
    if (entry.dueAt !== 0 && entry.dueAt <= due) return;
    entry.dueAt = due;
    this.#deadlines.add(due, entry);
  }

  #leaveIdle(): void {
    this.#idle++;
    if (this.#idle < IDLE_DEADLINES || this.#idle * 2 < this.#deadlines.size) return;
    this.#deadlines.sift(entry => !entry.gone);
    this.#idle = 0;
  }

  #readmit(entry: Entry): void {
    if (!entry.dismissed) return;
    entry.dismissed = false;
    this.#dismissed.count--;
    this.#dismissed.bytes -= entry.bytes;
  }

  #link(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest !== undefined) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
  }

  #unlink(entry: Entry): void {
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    entry.newer = entry.older = undefined;
  }
}

import type { SharedOptions } from '../options.ts';
import { Flag, Kind, type Message } from '../protocol.ts';
import { keep } from '../stored.ts';
import { answer, describe } from './answers.ts';
import { Changes } from './changes.ts';
import { type Content, Entries, type Entry } from './entries.ts';
import { Loads } from './loads.ts';
import type { Reader, Tally } from './peer.ts';
import { Removals } from './removals.ts';
import { DelRequest, LoadedRequest, type Place, SetRequest } from './requested.ts';
import type { Surroundings } from './surroundings.ts';
import { Watchers } from './watchers.ts';

/** So many entries at a time are removed, so that nobody waits long in between. */
const SWEEP = 1_000;

/** What a cache has done since the manager has it. */
export interface Counters {
  hits: number;
  misses: number;
  loads: number;
  /** Reads that waited for a load of somebody else. */
  coalesced: number;
  evictions: number;
  expiries: number;
  /** Loads that failed. */
  errors: number;
}

/** One cache: reads at once, changes in turn, loads by one process at a time. */
export class CacheState implements Place {
  readonly name: string;
  readonly counters: Counters = { hits: 0, misses: 0, loads: 0, coalesced: 0, evictions: 0, expiries: 0, errors: 0 };
  readonly entries: Entries;
  readonly readers = new Set<Reader>();
  readonly #around: Surroundings;
  readonly #changes: Changes;
  readonly loads: Loads;
  readonly #watchers: Watchers;
  #options: SharedOptions;
  readonly #removals: Removals;
  readonly #evicted = (): void => {
    this.counters.evictions++;
  };
  /** Hits in the near stores of processes that are gone. */
  #nearHits = 0;

  constructor(name: string, options: SharedOptions, around: Surroundings) {
    this.name = name;
    this.#around = around;
    this.#options = options;
    this.entries = new Entries(options);
    this.#changes = new Changes(name, this.entries, around, (key, content, now) => this.#apply(key, content, now));
    this.loads = new Loads(around);
    this.#watchers = new Watchers();
    this.#removals = new Removals(this.entries, this.#changes, around);
    this.configure(options);
  }

  get options(): SharedOptions {
    return this.#options;
  }

  get nearHits(): number {
    let hits = this.#nearHits;
    for (const { near } of this.readers) hits += near.hits;
    return hits;
  }

  configure(options: SharedOptions): void {
    this.#options = { ...options, persist: options.persist || this.#options.persist };
    this.entries.limit(this.#options);
    this.loads.timeout = options.timeout;
    this.#changes.persist = this.#options.persist;
  }

  // ── What processes ask for ────────────────────────────────────────────────────────────────────────────────────────

  get(reader: Reader, message: Message, key: string, now: number): void {
    const { id, flags } = message;
    const entry = this.entries.get(key, now);
    if (entry?.isFresh(now)) this.#hit(reader, message, entry, now);
    else if ((flags & Flag.load) === 0) {
      if ((flags & Flag.peek) === 0) this.counters.misses++;
      answer(reader, Kind.absent, id);
    } else if (entry !== undefined) {
      this.counters.hits++;
      describe(reader, Kind.value, id, 0, entry, now, entry.value, this.#refresh(reader, key, now));
    } else {
      this.counters.misses++;
      if (this.loads.join(key, { reader, id, flags }, now)) this.counters.coalesced++;
      else this.counters.loads++;
    }
  }

  set(reader: Reader, message: Message, key: string, now: number): void {
    this.#changes.submit(key, new SetRequest(this, reader, message, key, now), now);
  }

  del(reader: Reader, { id }: Message, key: string, now: number): void {
    this.#changes.submit(key, new DelRequest(this, reader, id, key), now);
  }

  loaded(reader: Reader, message: Message, key: string, now: number): void {
    this.#changes.submit(key, new LoadedRequest(this, reader, message, key, now), now);
  }

  failed({ token, value }: Message, key: string): void {
    if (!this.loads.isCurrent(key, token)) return;
    this.counters.errors++;
    this.loads.fail(key, value === undefined ? undefined : keep(value));
  }

  note(reader: Reader, near: Tally): void {
    reader.near = near;
  }

  watch(reader: Reader, key: string | undefined): void {
    this.#watchers.add(reader, key);
  }

  unwatch(reader: Reader, key: string | undefined): void {
    this.#watchers.remove(reader, key);
  }

  /** Removes what is here now; `done` when nothing of it is left anywhere. What comes meanwhile stays. */
  destroy(now: number, done: () => void): void {
    this.#removals.all(now, done);
    this.loads.passAll(now);
  }

  // ── What happens by itself ────────────────────────────────────────────────────────────────────────────────────────

  /** A process is gone. */
  leave(reader: Reader, now: number): void {
    this.readers.delete(reader);
    this.#nearHits += reader.near.hits;
    this.#watchers.leave(reader);
    this.loads.leave(reader, now);
  }

  /** Removes entries that have ended, a few at a time. */
  expire(now: number): void {
    for (let removed = 0; removed < SWEEP; removed++) {
      const entry = this.entries.takeEnded(now);
      if (entry === undefined) return;
      this.counters.expiries++;
      this.#watchers.tell(entry.key, undefined);
      if (this.#options.persist && !this.#changes.pending(entry.key)) this.#forget(entry.key);
    }
  }

  // ── Parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #hit(reader: Reader, { id, flags }: Message, entry: Entry, now: number): void {
    const { key } = entry;
    if ((flags & Flag.peek) === 0) {
      this.counters.hits++;
      this.entries.touch(entry);
    }
    const kept = this.lend(entry, reader, flags, now);
    const token = (flags & Flag.early) === 0 ? undefined : this.#refresh(reader, key, now);
    const value = (flags & Flag.probe) === 0 ? entry.value : undefined;
    describe(reader, Kind.value, id, kept, entry, now, value, token);
  }

  /** The right to load what is here already; nothing when somebody does. */
  #refresh(reader: Reader, key: string, now: number): number | undefined {
    if (this.loads.has(key)) return undefined;
    this.counters.loads++;
    return this.loads.begin(key, reader, now);
  }

  /** Lets a process keep a copy near, unless it would have to drop it at once. */
  lend(entry: Entry, reader: Reader, flags: number, now: number): number {
    if ((flags & Flag.keep) === 0 || this.#changes.pending(entry.key)) return 0;
    this.entries.hold(entry, reader, now);
    return Flag.keep;
  }

  #apply(key: string, content: Content | undefined, now: number): void {
    if (content === undefined) {
      this.entries.remove(key);
      this.#watchers.tell(key, undefined);
      this.loads.pass(key, now);
      return;
    }
    const entry = this.entries.put(key, content);
    this.#watchers.tell(key, content.value);
    for (const { reader, id, flags } of this.loads.end(key)) {
      const kept = this.lend(entry, reader, flags, now);
      describe(reader, Kind.value, id, kept, entry, now, content.value);
    }
    this.#removals.evict(now, this.#evicted);
  }

  #forget(key: string): void {
    // An expired record that stays on disk is recognised as such when it is read again.
    this.#around.store({ cache: this.name, key, content: undefined }, () => undefined);
  }
}

import { notStored } from '../errors.ts';
import type { SharedOptions } from '../options.ts';
import { Flag, Kind, type Message } from '../protocol.ts';
import { keep, type Stored } from '../stored.ts';
import { type Change, Changes } from './changes.ts';
import { type Content, Entries, type Entry } from './entries.ts';
import { Loads } from './loads.ts';
import type { Reader, Tally } from './peer.ts';
import { encodeRefusal } from './refusal.ts';
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
export class CacheState {
  readonly name: string;
  readonly counters: Counters = { hits: 0, misses: 0, loads: 0, coalesced: 0, evictions: 0, expiries: 0, errors: 0 };
  readonly entries: Entries;
  readonly readers = new Set<Reader>();
  readonly #around: Surroundings;
  readonly #changes: Changes;
  readonly #loads: Loads;
  readonly #watchers: Watchers;
  #options: SharedOptions;
  /** Hits in the near stores of processes that are gone. */
  #nearHits = 0;

  constructor(name: string, options: SharedOptions, around: Surroundings) {
    this.name = name;
    this.#around = around;
    this.#options = options;
    this.entries = new Entries(options);
    this.#changes = new Changes(name, this.entries, around, (key, content, now) => this.#apply(key, content, now));
    this.#loads = new Loads(around);
    this.#watchers = new Watchers(around);
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
    this.#loads.timeout = options.timeout;
    this.#changes.persist = this.#options.persist;
  }

  // ── What processes ask for ────────────────────────────────────────────────────────────────────────────────────────

  get(reader: Reader, message: Message, key: string, now: number): void {
    const { id, flags } = message;
    const entry = this.entries.get(key, now);
    if (entry?.isFresh(now)) this.#hit(reader, message, entry, now);
    else if ((flags & Flag.load) === 0) {
      if ((flags & Flag.peek) === 0) this.counters.misses++;
      this.#answer(reader, Kind.absent, id);
    } else if (entry !== undefined) {
      this.counters.hits++;
      this.#describe(reader, Kind.value, id, 0, entry, now, entry.value, this.#refresh(reader, key, now));
    } else {
      this.counters.misses++;
      if (this.#loads.join(key, { reader, id, flags }, now)) this.counters.coalesced++;
      else this.counters.loads++;
    }
  }

  set(reader: Reader, { id, flags, value, expire }: Message, key: string, now: number): void {
    const content: Content = { value: keep(value ?? ''), expiresAt: expire ? now + expire : 0, cost: 0 };
    this.#changes.submit(
      key,
      {
        by: reader,
        decide: later => {
          if ((flags & Flag.ifAbsent) === 0 || !this.#holds(key, later)) return content;
          this.#answer(reader, Kind.done, id);
          return null;
        },
        made: () => this.#answer(reader, Kind.done, id, undefined, Flag.accepted),
        failed: reason => this.#refuse(reader, id, key, reason),
      },
      now,
    );
  }

  del(reader: Reader, { id }: Message, key: string, now: number): void {
    let old: Stored | undefined;
    this.#changes.submit(
      key,
      {
        by: reader,
        decide: later => {
          const entry = this.entries.get(key, later);
          old = entry?.isFresh(later) ? entry.value : undefined;
          if (entry !== undefined) return undefined;
          // What is being loaded may be what the caller wants to be rid of.
          this.#loads.pass(key, later);
          this.#answer(reader, Kind.absent, id);
          return null;
        },
        made: () => this.#answer(reader, old === undefined ? Kind.absent : Kind.value, id, old),
        failed: reason => this.#refuse(reader, id, key, reason),
      },
      now,
    );
  }

  loaded(reader: Reader, message: Message, key: string, now: number): void {
    const { id, flags, token, expire, cost = 0 } = message;
    const value = keep(message.value ?? '');
    this.#changes.submit(
      key,
      {
        by: reader,
        decide: later => {
          if (this.#loads.isCurrent(key, token)) return { value, cost, expiresAt: expire ? later + expire : 0 };
          this.#answer(reader, Kind.fenced, id);
          return null;
        },
        made: later => {
          const entry = this.entries.get(key, later);
          if (entry === undefined) return this.#answer(reader, Kind.done, id, undefined, Flag.accepted);
          const kept = this.#lend(entry, reader, flags, later);
          this.#describe(reader, Kind.done, id, kept | Flag.accepted, entry, later);
        },
        failed: reason => {
          this.#refuse(reader, id, key, reason);
          this.#loads.pass(key, now);
        },
      },
      now,
    );
  }

  failed({ token, value }: Message, key: string): void {
    if (!this.#loads.isCurrent(key, token)) return;
    this.counters.errors++;
    this.#loads.fail(key, value === undefined ? undefined : keep(value));
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
    const { version } = this.entries;
    let outstanding = 1;
    const settle = () => {
      outstanding--;
      if (outstanding === 0) done();
    };
    const sweep = (cursor: number, at: number) => {
      const { values, next } = this.entries.page(cursor, SWEEP);
      for (const entry of values) {
        if (entry.version > version) continue;
        outstanding++;
        this.#remove(entry, at, settle);
      }
      if (next === undefined) settle();
      else this.#around.at(at, { due: later => sweep(next, later) });
    };
    sweep(0, now);
    this.#loads.passAll(now);
  }

  // ── What happens by itself ────────────────────────────────────────────────────────────────────────────────────────

  /** A process is gone. */
  leave(reader: Reader, now: number): void {
    this.readers.delete(reader);
    this.#nearHits += reader.near.hits;
    this.#watchers.leave(reader);
    this.#loads.leave(reader, now);
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
    const kept = this.#lend(entry, reader, flags, now);
    const token = (flags & Flag.early) === 0 ? undefined : this.#refresh(reader, key, now);
    const value = (flags & Flag.probe) === 0 ? entry.value : undefined;
    this.#describe(reader, Kind.value, id, kept, entry, now, value, token);
  }

  /** The right to load what is here already; nothing when somebody does. */
  #refresh(reader: Reader, key: string, now: number): number | undefined {
    if (this.#loads.has(key)) return undefined;
    this.counters.loads++;
    return this.#loads.begin(key, reader, now);
  }

  /** Lets a process keep a copy near, unless it would have to drop it at once. */
  #lend(entry: Entry, reader: Reader, flags: number, now: number): number {
    if ((flags & Flag.keep) === 0 || this.#changes.pending(entry.key)) return 0;
    this.entries.hold(entry, reader, now);
    return Flag.keep;
  }

  #apply(key: string, content: Content | undefined, now: number): void {
    if (content === undefined) {
      this.entries.remove(key);
      this.#watchers.tell(key, undefined);
      this.#loads.pass(key, now);
      return;
    }
    const entry = this.entries.put(key, content);
    this.#watchers.tell(key, content.value);
    for (const { reader, id, flags } of this.#loads.end(key)) {
      const kept = this.#lend(entry, reader, flags, now);
      this.#describe(reader, Kind.value, id, kept, entry, now, content.value);
    }
    this.#evict(now);
  }

  #evict(now: number): void {
    const spared = (key: string) => this.#changes.pending(key);
    for (let entry = this.entries.excess(spared); entry !== undefined; entry = this.entries.excess(spared)) {
      this.entries.dismiss(entry);
      this.#remove(entry, now, made => {
        if (made) this.counters.evictions++;
      });
    }
  }

  /** Removes an entry, unless it has changed until its turn comes. */
  #remove(entry: Entry, now: number, done: (made: boolean) => void): void {
    const { key, version } = entry;
    const change: Change = {
      by: undefined,
      decide: () => {
        if (!entry.gone && entry.version === version) return undefined;
        done(false);
        return null;
      },
      made: () => done(true),
      failed: () => done(false),
    };
    this.#changes.submit(key, change, now);
  }

  #forget(key: string): void {
    // An expired record that stays on disk is recognised as such when it is read again.
    this.#around.store({ cache: this.name, key, content: undefined }, () => undefined);
  }

  #holds(key: string, now: number): boolean {
    return this.entries.get(key, now)?.isFresh(now) ?? false;
  }

  #refuse(reader: Reader, id: number, key: string, reason: string): void {
    this.#answer(reader, Kind.refused, id, encodeRefusal(notStored(key, reason)));
  }

  #answer({ peer, number }: Reader, kind: Kind, id: number, value?: Stored, flags = 0): void {
    this.#around.send(peer, { kind, id, cache: number, flags, value });
  }

  /** An answer that says how long the entry lasts. There are many, so it is made in one piece. */
  #describe(
    { peer, number }: Reader,
    kind: Kind,
    id: number,
    flags: number,
    entry: Entry,
    now: number,
    value?: Stored,
    token?: number,
  ): void {
    const expire = entry.expiresAt === 0 ? undefined : Math.max(0, entry.expiresAt - now);
    const cost = entry.cost === 0 ? undefined : entry.cost;
    this.#around.send(peer, { kind, id, cache: number, flags, token, expire, cost, value });
  }
}

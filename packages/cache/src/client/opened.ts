import { encode } from '@troupe/ipc/transport';
import type { SharedOptions } from '../options.ts';
import { Flag, Kind, type Message } from '../protocol.ts';
import { keep, type Stored } from '../stored.ts';
import { type Call, type CallEnd, type Line, PlainCall, type Settle, type Waiting } from './call.ts';
import { type Change, type Changed, Deleting, Setting } from './change.ts';
import { type NearEntry, type NearLimits, NearStore } from './near-store.ts';
import { type Found, type Load, Reading } from './reading.ts';
import { Watching } from './watching.ts';
import { Writes } from './writes.ts';

export interface OpenOptions extends SharedOptions {
  near: NearLimits;
  /** Gives the time from which a value should be loaded anew, given when it expires and how long loading it took, ms. */
  refreshFrom: (until: number, cost: number) => number;
}

/** One cache, as this process has opened it. */
export class Opened implements Changed {
  readonly name: string;
  readonly near: NearStore;
  /** Reads that the near store has answered, but for those that managers before this connection were told of. */
  hits = 0;
  readonly watching: Watching;
  readonly #line: Line;
  readonly number: number;
  readonly #options: OpenOptions;
  /** Writes of this process that are under way, by key: until they are over, nothing of that key is kept near. */
  readonly #writing = new Writes();
  /** What waits until the manager knows the cache. */
  readonly #queue = new Set<Call>();
  #isOpen = false;
  #refusal: Error | undefined;
  #tallied = 0;

  constructor(line: Line, number: number, name: string, options: OpenOptions) {
    this.name = name;
    this.near = new NearStore(options.near);
    this.watching = new Watching(
      line,
      (kind, key) => this.#isOpen && line.tell(kind, number, key === null ? {} : { key }),
    );
    this.#line = line;
    this.number = number;
    this.#options = options;
  }

  // ── Connection ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** @param again changes may have been missed since the last time */
  up(again: boolean): void {
    const { persist, timeout, maxEntries, maxBytes, staleWhileRevalidate } = this.#options;
    const options = { persist, timeout, maxEntries, maxBytes, staleWhileRevalidate };
    const call = new PlainCall(Kind.open, this.number, 0, this.name, false, {
      reply: () => this.#ready(again),
      // After a connection that broke the next one opens it anew.
      fail: (cause, sent) => !sent && this.refuse(cause),
    });
    call.value = encode(options, 'the options');
    this.#line.call(call);
  }

  down(): void {
    this.near.clear();
    this.#isOpen = false;
    this.hits -= this.#tallied;
    this.#tallied = 0;
  }

  /** Something was changed that this process watches. */
  changed({ key, value }: Message): void {
    if (key !== undefined) this.watching.changed(key, value);
  }

  recall({ token = 0, keys = [] }: Message): void {
    for (const key of keys) this.near.delete(key);
    this.#line.dropped(token);
  }

  tally(): void {
    if (!this.#isOpen || this.hits === this.#tallied) return;
    this.#tallied = this.hits;
    const tally = { hits: this.hits, entries: this.near.size, bytes: this.near.bytes };
    this.#line.tell(Kind.tally, this.number, { value: encode(tally, 'the tally') });
  }

  /** Sends a call when it can be sent. */
  wait(call: Call): void {
    if (this.#isOpen) this.#line.call(call);
    else if (this.#refusal !== undefined) call.fail(this.#refusal, false);
    else call.enqueue(this.#queue);
  }

  /** What waits fails, and so does what comes; undefined: it waits again. */
  refuse(refusal: Error | undefined): void {
    this.#refusal = refusal;
    if (refusal !== undefined) for (const call of this.#dequeue()) call.fail(refusal, false);
  }

  #ready(again: boolean): void {
    this.#isOpen = true;
    this.#refusal = undefined;
    this.watching.resume(again);
    for (const call of this.#dequeue()) this.#line.call(call);
  }

  #dequeue(): Call[] {
    const calls = [...this.#queue];
    this.#queue.clear();
    return calls;
  }

  // ── Operations ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What is near and may be read now. Nothing may be waited for between this and handing it to the reader. */
  lookUp(key: string): NearEntry | undefined {
    const entry = this.near.isOn ? this.near.get(key) : undefined;
    if (entry === undefined) return undefined;
    const now = this.#line.now();
    if (now >= this.#line.leaseUntil || now >= entry.refreshFrom) return undefined;
    if (now >= this.#line.renewAt) this.#line.renew();
    this.hits++;
    return entry;
  }

  /** Reads from the manager; `load` makes the value if it is not there. */
  get(key: string, load: Load | undefined, settle: Settle<Found>): Waiting {
    const reading = new Reading(this, this.#line, key, load, settle);
    reading.ask();
    return reading;
  }

  /** Whether it is there, without its value. */
  has(key: string, settle: Settle<boolean>): Waiting {
    return this.#read(key, Flag.probe | Flag.peek, {
      reply: ({ kind }) => settle.resolve(kind === Kind.value),
      fail: cause => settle.reject(cause),
    });
  }

  /** Reads without leaving a trace: nothing is counted, kept or loaded. The bytes last until `resolve` returns. */
  peek(key: string, settle: Settle<Stored | undefined>): Waiting {
    return this.#read(key, Flag.peek, {
      reply: ({ kind, value }) => settle.resolve(kind === Kind.value ? value : undefined),
      fail: cause => settle.reject(cause),
    });
  }

  /** @param expire ms; 0 is for ever */
  set(key: string, value: Stored, expire: number, ifAbsent: boolean, settle: Settle<boolean>): Waiting {
    return this.change(new Setting(this, key, value, expire, ifAbsent, settle));
  }

  /** Removes it; resolves with what was there, in bytes that last until `resolve` returns. */
  del(key: string, settle: Settle<Stored | undefined>): Waiting {
    return this.change(new Deleting(this, key, settle));
  }

  // ── For the operations ────────────────────────────────────────────────────────────────────────────────────────────

  /** Makes a change. The manager relies on it that nothing of the key is near from here on. */
  change(change: Change): Change {
    if (this.near.isOn) {
      const { key } = change;
      this.near.delete(key);
      this.#writing.begin(key);
    }
    this.wait(change);
    return change;
  }

  written(key: string): void {
    if (this.near.isOn) this.#writing.end(key);
  }

  /** Says something about a key that has no answer. */
  tell(kind: Kind, fields: Partial<Message>): void {
    if (this.#isOpen) this.#line.tell(kind, this.number, fields);
  }

  /** Keeps a copy near if the manager lets it; `sentAt` is when it was asked. */
  remember(key: string, value: Stored, { flags, expire, cost = 0 }: Message, sentAt: number): NearEntry | undefined {
    if ((flags & Flag.keep) === 0 || this.#writing.has(key)) return undefined;
    // Counted from before the manager counted what is left, it ends before the manager's own.
    const until = expire === undefined ? Number.POSITIVE_INFINITY : sentAt + expire;
    const entry = { value: keep(value), until, refreshFrom: Math.min(until, this.#options.refreshFrom(until, cost)) };
    this.near.set(key, entry);
    return entry;
  }

  /** A request that may be sent twice. */
  #read(key: string, flags: number, end: CallEnd): Call {
    const call = new PlainCall(Kind.get, this.number, flags, key, true, end);
    this.wait(call);
    return call;
  }
}

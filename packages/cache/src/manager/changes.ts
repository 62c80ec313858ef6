import type { Content, Entries } from './entries.ts';
import type { Reader } from './peer.ts';
import type { Dropping } from './recalls.ts';
import type { Surroundings, Timer } from './surroundings.ts';

/** A change of one key, which waits for its turn. */
export interface Change {
  /** Who asked for it; he has dropped his own copy before. */
  readonly by: Reader | undefined;
  /** Its turn has come: what the key shall hold, `undefined` for nothing, `null` when there is nothing to be done after all. */
  decide(now: number): Content | undefined | null;
  /** It has happened. */
  made(now: number): void;
  /** It could not be stored, so it has not happened. */
  failed(reason: string): void;
}

/** Makes what a change has decided. */
export type Apply = (key: string, content: Content | undefined, now: number) => void;

/**
 * The changes of one cache. A key changes in steps, one change after the other: every near copy is recalled; if the cache
 * persists, the change is stored; only then it can be seen, and is acknowledged. Until then the old value is served, for
 * nobody to keep: so no process sees the old value after any has seen the new.
 */
export class Changes {
  readonly #cache: string;
  readonly #entries: Entries;
  readonly #around: Surroundings;
  readonly #apply: Apply;
  readonly #gates = new Map<string, Gate>();
  /** Whether changes are stored before they happen. */
  persist = false;

  constructor(cache: string, entries: Entries, around: Surroundings, apply: Apply) {
    this.#cache = cache;
    this.#entries = entries;
    this.#around = around;
    this.#apply = apply;
  }

  /** Whether this key is about to change. */
  pending(key: string): boolean {
    return this.#gates.size > 0 && this.#gates.has(key);
  }

  submit(key: string, change: Change, now: number): void {
    const gate = this.#gates.size === 0 ? undefined : this.#gates.get(key);
    if (gate !== undefined) {
      gate.queue.push(change);
      return;
    }
    const holders = this.#entries.get(key, now)?.holders;
    const isFree = (holders === undefined || holders.length === 0) && now >= this.#around.quietUntil;
    if (isFree && !this.persist) this.#make(key, change, change.decide(now), now);
    else this.#open(key, change, holders ?? [], now);
  }

  #open(key: string, change: Change, holders: readonly Reader[], now: number): void {
    const gate = new Gate(this, key, change, now >= this.#around.quietUntil);
    this.#gates.set(key, gate);
    for (const holder of holders) {
      if (holder === change.by) continue;
      const { peer, number } = holder;
      // Also to one whose lease has ended: it would read its copy again once it has another.
      const mayRead = peer.mayRead(now);
      if (mayRead) gate.waitsFor++;
      peer.recalls.add(number, key, peer.leaseUntil, mayRead ? gate : undefined);
    }
    if (!gate.mayPass(now) && now < this.#around.quietUntil) this.#around.at(this.#around.quietUntil, gate);
  }

  /** No copy is left: one change after the other. */
  proceed(key: string, gate: Gate, now: number): void {
    for (let change = gate.queue.shift(); change !== undefined; change = gate.queue.shift()) {
      const content = change.decide(now);
      if (this.persist && content !== null) {
        this.#store(key, gate, change, content);
        return;
      }
      this.#make(key, change, content, now);
    }
    this.#gates.delete(key);
  }

  #store(key: string, gate: Gate, change: Change, content: Content | undefined): void {
    this.#around.store({ cache: this.#cache, key, content }, (problem, now) => {
      if (problem === undefined) this.#make(key, change, content, now);
      else change.failed(problem);
      this.proceed(key, gate, now);
    });
  }

  #make(key: string, change: Change, content: Content | undefined | null, now: number): void {
    if (content === null) return;
    this.#apply(key, content, now);
    change.made(now);
  }
}

/** What holds the changes of a key back. */
class Gate implements Timer, Dropping {
  readonly queue: Change[];
  /** How many copies are yet to be dropped. */
  waitsFor = 0;
  #quiet: boolean;
  #passed = false;
  readonly #changes: Changes;
  readonly #key: string;

  /** @param quiet whether nobody can have a copy that this manager does not know of */
  constructor(changes: Changes, key: string, first: Change, quiet: boolean) {
    this.#changes = changes;
    this.#key = key;
    this.queue = [first];
    this.#quiet = quiet;
  }

  dropped(now: number): void {
    this.waitsFor--;
    this.mayPass(now);
  }

  /** The leases have ended that a manager before this one may have given. */
  due(now: number): void {
    this.#quiet = true;
    this.mayPass(now);
  }

  mayPass(now: number): boolean {
    if (this.#passed || !this.#quiet || this.waitsFor > 0) return this.#passed;
    this.#passed = true;
    this.#changes.proceed(this.#key, this, now);
    return true;
  }
}

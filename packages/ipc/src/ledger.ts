import type { Peer } from './roster.ts';

/** A request under way: who asked, under which correlation id of his, and who has yet to answer. */
export interface Entry {
  readonly id: number;
  readonly asker: Peer;
  readonly correlation: number;
  readonly waiting: Set<Peer>;
}

/** Requests that one peer may have under way. */
export const MAX_REQUESTS = 65_536;

const LAST_ID = 0xffff_ffff;

/**
 * What the broker remembers of requests, so that an answer finds its asker, only who was asked can answer, and a peer that
 * goes away settles what waits for it. Askers cancel what they no longer wait for.
 */
export class Ledger {
  readonly #entries = new Map<number, Entry>();
  readonly #byAsker = new Map<Peer, Map<number, Entry>>();
  readonly #byAnswerer = new Map<Peer, Set<Entry>>();
  #lastId = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Undefined when the asker has {@link MAX_REQUESTS} under way, or this correlation id. */
  open(asker: Peer, correlation: number, waiting: Set<Peer>): Entry | undefined {
    const asked = this.#byAsker.get(asker) ?? new Map<number, Entry>();
    if (asked.size >= MAX_REQUESTS || asked.has(correlation)) return undefined;
    const entry = { id: this.#freeId(), asker, correlation, waiting };
    this.#entries.set(entry.id, entry);
    this.#byAsker.set(asker, asked.set(correlation, entry));
    for (const peer of waiting) {
      const expected = this.#byAnswerer.get(peer) ?? new Set<Entry>();
      this.#byAnswerer.set(peer, expected.add(entry));
    }
    return entry;
  }

  /** The request that this peer answers; undefined when nobody waits for that. */
  answer(id: number, from: Peer): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || !entry.waiting.delete(from)) return undefined;
    this.#byAnswerer.get(from)?.delete(entry);
    if (entry.waiting.size === 0) this.#close(entry);
    return entry;
  }

  cancel(asker: Peer, correlation: number): void {
    const entry = this.#byAsker.get(asker)?.get(correlation);
    if (entry !== undefined) this.#close(entry);
  }

  /** A peer is gone: forgets what it asked; returns what waited for its answer. */
  leave(peer: Peer): Entry[] {
    for (const entry of this.#byAsker.get(peer)?.values() ?? []) this.#close(entry);
    this.#byAsker.delete(peer);
    const bereft = [...(this.#byAnswerer.get(peer) ?? [])];
    for (const entry of bereft) this.answer(entry.id, peer);
    this.#byAnswerer.delete(peer);
    return bereft;
  }

  #close(entry: Entry): void {
    this.#entries.delete(entry.id);
    this.#byAsker.get(entry.asker)?.delete(entry.correlation);
    for (const peer of entry.waiting) this.#byAnswerer.get(peer)?.delete(entry);
  }

  #freeId(): number {
    do this.#lastId = this.#lastId === LAST_ID ? 1 : this.#lastId + 1;
    while (this.#entries.has(this.#lastId));
    return this.#lastId;
  }
}

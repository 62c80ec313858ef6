import { encode } from '@troupe/ipc/transport';
import { CacheError, malformed } from '../errors.ts';
import type { SharedOptions } from '../options.ts';
import { Kind, LEASE, type Message } from '../protocol.ts';
import { keep, type Stored } from '../stored.ts';
import { CacheState } from './cache-state.ts';
import { Deadlines } from './deadlines.ts';
import { Peer, Reader } from './peer.ts';
import { Questions } from './questions.ts';
import { sharedOptionsIn, tallyIn, valueIn } from './received.ts';
import { encodeRefusal } from './refusal.ts';
import type { Effects, Flushed, StoreOrder, Surroundings, Timer } from './surroundings.ts';

export interface CoreOptions {
  /** The time, ms, on a clock that never goes back. */
  now: number;
  /** Whether processes may hold copies from a manager before this one. */
  succeeds: boolean;
  /** No number from here on was a token of the manager before. */
  firstToken: number;
}

/** What comes back from the disk. */
export interface Restored {
  cache: string;
  key: string;
  value: Stored;
  /** 0 for never. */
  expiresAt: number;
}

/** Caches that only the disk knows so far are unlimited until somebody uses them. */
const RESTORED: SharedOptions = {
  persist: true,
  timeout: 0,
  maxEntries: Number.MAX_SAFE_INTEGER,
  maxBytes: Number.MAX_SAFE_INTEGER,
  staleWhileRevalidate: 0,
};

/**
 * The truth about all caches, and the only one who knows who holds copies of it. Messages and times go in; messages and
 * orders to store come out through {@link Peer} and {@link Effects}: it has no socket, no clock and no disk, so that a simulation can be
 * its whole world.
 */
export class ManagerCore {
  readonly #effects: Effects;
  readonly #caches = new Map<string, CacheState>();
  readonly #timers = new Deadlines<Timer>();
  readonly #stored = new Map<number, (problem: string | undefined, now: number) => void>();
  readonly #around: Surroundings;
  readonly #questions = new Questions(this.#caches);
  readonly #unfinished: Flushed[] = [];
  #lastToken: number;

  constructor(effects: Effects, { now, succeeds, firstToken }: CoreOptions) {
    this.#effects = effects;
    this.#lastToken = firstToken;
    this.#around = {
      quietUntil: succeeds ? now + LEASE : now,
      nextToken: () => ++this.#lastToken,
      at: (time, timer) => this.#timers.add(time, timer),
      afterwards: what => this.#unfinished.push(what),
      store: (order, done) => this.#store(order, done),
    };
  }

  /** Puts back what was stored. */
  restore({ cache: name, key, value, expiresAt }: Restored): void {
    const cache = this.#caches.get(name) ?? new CacheState(name, RESTORED, this.#around);
    this.#caches.set(name, cache);
    cache.entries.put(key, { value: keep(value), expiresAt, cost: 0 });
  }

  /** @param send tells it something */
  join(pid: number, send: (message: Message) => void): Peer {
    return new Peer(pid, this.#around, send);
  }

  /** @param cutOff the manager closed the connection, not the process */
  leave(peer: Peer, cutOff: boolean, now: number): void {
    peer.leave(cutOff, now);
    for (const { cache, reader } of peer.openings.values()) {
      cache.leave(reader, now);
      if (cache.readers.size === 0 && cache.entries.count === 0) this.#caches.delete(cache.name);
    }
    peer.openings.clear();
  }

  /** @throws TROUPE_ERR_CACHE_MALFORMED when a process may not send that */
  take(peer: Peer, message: Message, now: number): void {
    if (message.kind === Kind.get || message.kind === Kind.renew) peer.leaseUntil = now + LEASE;
    switch (message.kind) {
      case Kind.renew:
        return peer.tell({ kind: Kind.renewed, id: message.id, cache: 0, flags: 0 });
      case Kind.recalled:
        return peer.recalls.answer(message.token ?? 0, now);
      case Kind.open:
        return this.#open(peer, message);
      case Kind.ask:
        return this.#ask(peer, message, now);
      default:
        return this.#use(peer, message, now);
    }
  }

  /** What became of an order to store. */
  stored(ticket: number, problem: string | undefined, now: number): void {
    const done = this.#stored.get(ticket);
    this.#stored.delete(ticket);
    done?.(problem, now);
  }

  /** When {@link tick} has something to do. */
  get nextDeadline(): number | undefined {
    let next = this.#timers.next;
    for (const { entries } of this.#caches.values()) {
      const due = entries.nextDeadline;
      if (due !== undefined && (next === undefined || due < next)) next = due;
    }
    return next;
  }

  tick(now: number): void {
    // What is put off until now meanwhile is for the next time.
    for (let left = this.#timers.size; left > 0; left--) {
      const timer = this.#timers.take(now);
      if (timer === undefined) break;
      timer.due(now);
    }
    for (const cache of this.#caches.values()) cache.expire(now);
  }

  /** Sends what was put off: to be called after messages, times and what became of orders, or after many of them. */
  flush(): void {
    for (const each of this.#unfinished) each.flush();
    this.#unfinished.length = 0;
  }

  #open(peer: Peer, { id, cache: number, key: name, value }: Message): void {
    if (name === undefined || value === undefined) throw malformed('a cache to open must have a name and options');
    const options = sharedOptionsIn(value);
    const cache = this.#caches.get(name) ?? new CacheState(name, options, this.#around);
    this.#caches.set(name, cache);
    cache.configure(options);
    const reader = new Reader(peer, number);
    cache.readers.add(reader);
    peer.openings.set(number, { cache, reader });
    peer.tell({ kind: Kind.done, id, cache: number, flags: 0 });
  }

  #use(peer: Peer, message: Message, now: number): void {
    const opening = peer.openings.get(message.cache);
    if (opening === undefined) throw malformed(`it is about cache ${message.cache}, which it has not opened`);
    const { cache, reader } = opening;
    const { kind, key } = message;
    if (kind === Kind.watch) return cache.watch(reader, key);
    if (kind === Kind.unwatch) return cache.unwatch(reader, key);
    if (kind === Kind.tally) return cache.note(reader, tallyIn(message.value));
    if (key === undefined) throw malformed('it has no key');
    switch (kind) {
      case Kind.get:
        return cache.get(reader, message, key, now);
      case Kind.set:
        return cache.set(reader, message, key, now);
      case Kind.del:
        return cache.del(reader, message, key, now);
      case Kind.loaded:
        return cache.loaded(reader, message, key, now);
      case Kind.failed:
        return cache.failed(message, key);
      default:
        throw malformed(`a process may not send messages of kind ${kind}`);
    }
  }

  #ask(peer: Peer, { id, cache, key: question, value }: Message, now: number): void {
    const answer = (kind: Kind, bytes: Buffer) => peer.tell({ kind, id, cache, flags: 0, value: bytes });
    try {
      const params = valueIn(value);
      this.#questions.ask(question, params, now, result => answer(Kind.answer, encode(result, 'the answer')));
    } catch (problem) {
      if (!(problem instanceof CacheError) || problem.code === 'TROUPE_ERR_CACHE_MALFORMED') throw problem;
      answer(Kind.refused, encodeRefusal(problem));
    }
  }

  #store(order: Omit<StoreOrder, 'ticket'>, done: (problem: string | undefined, now: number) => void): void {
    const ticket = this.#around.nextToken();
    this.#stored.set(ticket, done);
    this.#effects.store({ ...order, ticket });
  }
}

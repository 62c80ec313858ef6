import type { Message } from '../protocol.ts';
import type { CacheState } from './cache-state.ts';
import type { Timer } from './surroundings.ts';

/** Waits until a process has dropped a copy. */
export interface Dropping {
  dropped(now: number): void;
}

/** A copy that a process was told to drop. */
interface Recall {
  readonly token: number;
  /** When its lease ends: it does not read the copy any longer then, whether it has answered or not. */
  readonly until: number;
  readonly waits: Dropping;
}

/** So many recalls that are done with may be kept before they are cleared away. */
const DONE = 1_024;

/** A process, as the manager sees it. */
export class Peer implements Timer {
  readonly pid: number;
  /** Until then it may read what it holds near, by the manager's clock. */
  leaseUntil = 0;
  gone = false;
  /** The caches that it uses, by its own numbers. */
  readonly openings = new Map<number, { readonly cache: CacheState; readonly reader: Reader }>();
  readonly #send: (message: Message) => void;
  readonly #at: (time: number, timer: Timer) => void;
  /** In the order in which they were sent, which is that of their tokens and of their ends; those before `#done` are over. */
  #recalls: Recall[] = [];
  #done = 0;
  #isTimed = false;

  /** @param at calls back at a time */
  constructor(pid: number, send: (message: Message) => void, at: (time: number, timer: Timer) => void) {
    this.pid = pid;
    this.#send = send;
    this.#at = at;
  }

  /** Not when it is gone. */
  tell(message: Message): void {
    if (!this.gone) this.#send(message);
  }

  mayRead(now: number): boolean {
    return now < this.leaseUntil;
  }

  /** It was sent a recall that somebody waits for, until its lease ends at the latest. */
  recall(token: number, waits: Dropping): void {
    this.#recalls.push({ token, until: this.leaseUntil, waits });
    this.#time();
  }

  /** It has done what all recalls up to this one said. */
  answer(token: number, now: number): void {
    for (let next = this.#recalls[this.#done]; next !== undefined && next.token <= token; ) {
      this.#done++;
      next.waits.dropped(now);
      next = this.#recalls[this.#done];
    }
    this.#clear();
  }

  /** The lease has ended that the first recall was waited for until. */
  due(now: number): void {
    this.#isTimed = false;
    for (let next = this.#recalls[this.#done]; next !== undefined && next.until <= now; ) {
      this.#done++;
      next.waits.dropped(now);
      next = this.#recalls[this.#done];
    }
    this.#clear();
    this.#time();
  }

  /**
   * The connection is closed. A process that closed it has dropped its near store before, or has died; one that was cut
   * off may be frozen, and reads on until its lease ends.
   */
  leave(cutOff: boolean, now: number): void {
    this.gone = true;
    if (cutOff) return;
    this.leaseUntil = 0;
    this.answer(Number.POSITIVE_INFINITY, now);
  }

  /** One time for all recalls: that of the first. */
  #time(): void {
    const first = this.#recalls[this.#done];
    if (this.#isTimed || first === undefined) return;
    this.#isTimed = true;
    this.#at(first.until, this);
  }

  #clear(): void {
    if (this.#done < DONE || this.#done * 2 < this.#recalls.length) return;
    this.#recalls = this.#recalls.slice(this.#done);
    this.#done = 0;
  }
}

/** What the near store of a process has done with one cache. */
export interface Tally {
  hits: number;
  entries: number;
  bytes: number;
}

/** A process that uses a cache. */
export class Reader {
  readonly peer: Peer;
  /** What it calls the cache. */
  readonly number: number;
  near: Tally = { hits: 0, entries: 0, bytes: 0 };

  constructor(peer: Peer, number: number) {
    this.peer = peer;
    this.number = number;
  }
}

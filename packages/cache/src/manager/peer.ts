import type { Message } from '../protocol.ts';
import type { CacheState } from './cache-state.ts';
import { Recalls } from './recalls.ts';
import type { Surroundings } from './surroundings.ts';

/** A process, as the manager sees it. */
export class Peer {
  readonly pid: number;
  /** Until then it may read what it holds near, by the manager's clock. */
  leaseUntil = 0;
  gone = false;
  /** The caches that it uses, by its own numbers. */
  readonly openings = new Map<number, { readonly cache: CacheState; readonly reader: Reader }>();
  readonly recalls: Recalls;
  readonly #send: (message: Message) => void;

  constructor(pid: number, around: Surroundings, send: (message: Message) => void) {
    this.pid = pid;
    this.#send = send;
    this.recalls = new Recalls(around, message => {
      if (!this.gone) send(message);
    });
  }

  /** Not when it is gone. What it was told before arrives before, recalls too. */
  tell(message: Message): void {
    this.recalls.flush();
    if (!this.gone) this.#send(message);
  }

  mayRead(now: number): boolean {
    return now < this.leaseUntil;
  }

  /**
   * The connection is closed. A process that closed it has dropped its near store before, or has died; one that was cut
   * off may be frozen, and reads on until its lease ends.
   */
  leave(cutOff: boolean, now: number): void {
    this.gone = true;
    if (cutOff) return;
    this.leaseUntil = 0;
    this.recalls.answer(Number.POSITIVE_INFINITY, now);
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

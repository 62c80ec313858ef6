/** Waits until a process has dropped a copy. */
export interface Dropping {
  dropped(now: number): void;
}

/** So many recalls that were answered may be kept before they are cleared away. */
const ANSWERED = 1_024;

/** A process, as the manager sees it. */
export class Peer {
  readonly pid: number;
  /** Until then it may read what it holds near, by the manager's clock. */
  leaseUntil = 0;
  gone = false;
  /** The recalls it has been sent, in their order; those before `#answered` are done with. */
  #recalls: { token: number; waits: Dropping }[] = [];
  #answered = 0;

  constructor(pid: number) {
    this.pid = pid;
  }

  mayRead(now: number): boolean {
    return now < this.leaseUntil;
  }

  /** It was sent a recall that somebody waits for. */
  recall(token: number, waits: Dropping): void {
    this.#recalls.push({ token, waits });
  }

  /** It has done what all recalls up to this one said. */
  answer(token: number, now: number): void {
    for (let next = this.#recalls[this.#answered]; next !== undefined && next.token <= token; ) {
      this.#answered++;
      next.waits.dropped(now);
      next = this.#recalls[this.#answered];
    }
    if (this.#answered < ANSWERED || this.#answered * 2 < this.#recalls.length) return;
    this.#recalls = this.#recalls.slice(this.#answered);
    this.#answered = 0;
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

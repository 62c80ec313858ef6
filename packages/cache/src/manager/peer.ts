/** A process, as the manager sees it. */
export class Peer {
  readonly pid: number;
  /** Until then it may read what it holds near, by the manager's clock. */
  leaseUntil = 0;
  gone = false;

  constructor(pid: number) {
    this.pid = pid;
  }

  mayRead(now: number): boolean {
    return now < this.leaseUntil;
  }

  /**
   * The connection is closed. A process that closed it has dropped its near store before, or has died; one that was cut
   * off may be frozen, and reads on until its lease ends.
   */
  leave(cutOff: boolean): void {
    this.gone = true;
    if (!cutOff) this.leaseUntil = 0;
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

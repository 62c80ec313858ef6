/** Something that is over by a certain time, or late. */
export interface Due {
  /** Set by the list: by then, ms of `performance.now()`. */
  dueAt: number;
  /** Set by the list: its neighbours there. */
  earlier: Due | undefined;
  later: Due | undefined;
  /** It is late; it has left the list. */
  expire(): void;
}

/**
 * Deadlines that are all equally far away when they are set, so that they pass in the order in which they came: one timer
 * for all of them, for the first. While there are any, they keep the process alive.
 */
export class DeadlineList {
  /** How far away each is when it is set, ms. */
  readonly ms: number;
  #first: Due | undefined;
  #last: Due | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #emptied: (() => void) | undefined;

  /** @param emptied hears whenever the last one has left */
  constructor(ms: number, emptied?: () => void) {
    this.ms = ms;
    this.#emptied = emptied;
  }

  /** @param now ms of `performance.now()`, no earlier than the last time */
  add(due: Due, now: number): void {
    due.dueAt = now + this.ms;
    due.earlier = this.#last;
    due.later = undefined;
    if (this.#last !== undefined) this.#last.later = due;
    else {
      this.#first = due;
      // A timer that is still there is for one who was here before: it comes too early, and is set anew then.
      if (this.#timer === undefined) this.#arm(this.ms);
      else this.#timer.ref();
    }
    this.#last = due;
  }

  /** It is over in time. Only for who is here. */
  remove(due: Due): void {
    const { earlier, later } = due;
    if (earlier === undefined) this.#first = later;
    else earlier.later = later;
    if (later === undefined) this.#last = earlier;
    else later.earlier = earlier;
    due.earlier = due.later = undefined;
    if (this.#first !== undefined) return;
    this.#timer?.unref();
    this.#emptied?.();
  }

  /** Frees the timer; for a list that is empty. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#expire(), Math.ceil(ms));
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (let first = this.#first; first !== undefined; first = this.#first) {
      if (first.dueAt > now) {
        this.#arm(first.dueAt - now);
        return;
      }
      this.remove(first);
      first.expire();
    }
  }
}

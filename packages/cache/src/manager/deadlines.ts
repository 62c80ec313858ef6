/** Things with a time each, the earliest first: a binary heap, since one timer for each would be a million timers. */
export class Deadlines<T> {
  // Side by side rather than in pairs: a pair would be an object for each.
  #times: number[] = [];
  #items: T[] = [];

  get size(): number {
    return this.#times.length;
  }

  /** When the first one is due. */
  get next(): number | undefined {
    return this.#times[0];
  }

  add(time: number, item: T): void {
    let at = this.#times.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#times[parent] as number;
      if (above <= time) break;
      this.#put(at, above, this.#items[parent] as T);
      at = parent;
    }
    this.#put(at, time, item);
  }

  /** Takes out the first one that is due. */
  take(now: number): T | undefined {
    const [first] = this.#items;
    const [due] = this.#times;
    if (first === undefined || due === undefined || due > now) return undefined;
    const time = this.#times.pop() as number;
    const item = this.#items.pop() as T;
    if (this.#times.length > 0) this.#sink(time, item);
    return first;
  }

  /** Keeps only what `wanted` says. */
  sift(wanted: (item: T) => boolean): void {
    const times = this.#times;
    const items = this.#items;
    this.#times = [];
    this.#items = [];
    for (const [i, item] of items.entries()) if (wanted(item)) this.add(times[i] as number, item);
  }

  #sink(time: number, item: T): void {
    const { length } = this.#times;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      const right = child + 1;
      if (right < length && (this.#times[right] as number) < (this.#times[child] as number)) child = right;
      const below = this.#times[child] as number;
      if (below >= time) break;
      this.#put(at, below, this.#items[child] as T);
      at = child;
    }
    this.#put(at, time, item);
  }

  #put(at: number, time: number, item: T): void {
    this.#times[at] = time;
    this.#items[at] = item;
  }
}

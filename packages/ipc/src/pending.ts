/** Somebody who waits for one answer or several. Each method returns whether the waiting is over. */
export interface Waiter {
  /** The processes that the request went to. */
  routed(pids: readonly number[]): boolean;
  /** @param value decodes the answer; may throw */
  reply(from: number, value: () => unknown): boolean;
  /** @param from 0 when the broker failed it itself */
  failure(from: number, error: Error): boolean;
  /** The deadline has passed. */
  expire(): void;
  /** No answer can come any more. */
  abort(error: Error): void;
}

interface Entry {
  readonly waiter: Waiter;
  readonly timer: NodeJS.Timeout;
}

const LAST_ID = 0xffff_ffff;

/** The requests of this process that wait for answers, each until its deadline. */
export class Pending {
  readonly #entries = new Map<number, Entry>();
  readonly #expired: (correlation: number) => void;
  readonly #changed: () => void;
  #lastId = 0;

  /**
   * @param expired hears of each deadline that passes
   * @param changed hears whenever {@link size} may have become zero or ceased to be
   */
  constructor(expired: (correlation: number) => void, changed: () => void) {
    this.#expired = expired;
    this.#changed = changed;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Returns the correlation id under which the answers come. */
  open(waiter: Waiter, timeout: number): number {
    const correlation = this.#freeId();
    const timer = setTimeout(() => {
      this.close(correlation);
      this.#expired(correlation);
      waiter.expire();
    }, timeout).unref();
    this.#entries.set(correlation, { waiter, timer });
    this.#changed();
    return correlation;
  }

  close(correlation: number): void {
    clearTimeout(this.#entries.get(correlation)?.timer);
    this.#entries.delete(correlation);
    this.#changed();
  }

  /** Hands an answer to whoever waits for it; nobody may. */
  settle(correlation: number, answer: (waiter: Waiter) => boolean): void {
    const entry = this.#entries.get(correlation);
    if (entry !== undefined && answer(entry.waiter)) this.close(correlation);
  }

  /** Ends all waiting but that of the ids for which `spare` is true. */
  abort(error: Error, spare: (correlation: number) => boolean): void {
    for (const [correlation, { waiter }] of [...this.#entries]) {
      if (spare(correlation)) continue;
      this.close(correlation);
      waiter.abort(error);
    }
  }

  #freeId(): number {
    do this.#lastId = this.#lastId === LAST_ID ? 1 : this.#lastId + 1;
    while (this.#entries.has(this.#lastId));
    return this.#lastId;
  }
}

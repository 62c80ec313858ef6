/** Callbacks of one kind; adding returns the function that removes. Changes during a call affect the next call only. */
export class Listeners<Args extends readonly unknown[]> {
  #all: readonly ((...args: Args) => void)[] = [];

  get size(): number {
    return this.#all.length;
  }

  add(listener: (...args: Args) => void): () => void {
    // A wrapper of its own, so that the same function added twice is removed once.
    const entry = (...args: Args) => listener(...args);
    this.#all = [...this.#all, entry];
    return () => {
      this.#all = this.#all.filter(each => each !== entry);
    };
  }

  /** Calls each; one that throws is handed to `threw` and does not keep the others from being called. */
  call(threw: (cause: unknown) => void, ...args: Args): void {
    for (const listener of this.#all) {
      try {
        listener(...args);
      } catch (cause) {
        threw(cause);
      }
    }
  }
}

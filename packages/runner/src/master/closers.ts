/** What has to be undone when the cluster ends, last first. One that fails is reported, and keeps no other from its turn. */
export class Closers {
  readonly #onError: (error: unknown) => void;
  readonly #stack: (() => unknown)[] = [];
  #closed: Promise<void> | undefined;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** What is opened after the end was called for is closed again at once. */
  add(close: () => unknown): void {
    this.#stack.push(close);
    if (this.#closed) this.#closed = this.#closed.then(() => this.#closeAll());
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    for (let close = this.#stack.pop(); close; close = this.#stack.pop()) {
      try {
        await close();
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

/** Frames that wait for a connection: in order, and bounded. */
export class SendQueue {
  readonly #limit: number;
  readonly #frames = new Map<number | symbol, Buffer>();
  #bytes = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a frame; false when there is no room. `key` names it for {@link remove}. */
  add(frame: Buffer, key: number | symbol = Symbol()): boolean {
    if (this.#bytes + frame.length > this.#limit) return false;
    this.#bytes += frame.length;
    this.#frames.set(key, frame);
    return true;
  }

  has(key: number): boolean {
    return this.#frames.has(key);
  }

  /** Takes back a frame that need not be sent any more; false when it is not here. */
  remove(key: number): boolean {
    this.#bytes -= this.#frames.get(key)?.length ?? 0;
    return this.#frames.delete(key);
  }

  /** Empties the queue; gives what was in it, oldest first. */
  takeAll(): Buffer[] {
    const frames = [...this.#frames.values()];
    this.#frames.clear();
    this.#bytes = 0;
    return frames;
  }
}

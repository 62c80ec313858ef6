/** Which keys are being written: most of them once at a time, so that one is in a set, and only those beyond are counted. */
export class Writes {
  readonly #keys = new Set<string>();
  /** How many there are beside the first. */
  readonly #more = new Map<string, number>();

  begin(key: string): void {
    const { size } = this.#keys;
    this.#keys.add(key);
    if (this.#keys.size === size) this.#more.set(key, (this.#more.get(key) ?? 0) + 1);
  }

  /** One of them is over. */
  end(key: string): void {
    const more = this.#more.size === 0 ? undefined : this.#more.get(key);
    if (more === undefined) this.#keys.delete(key);
    else if (more === 1) this.#more.delete(key);
    else this.#more.set(key, more - 1);
  }

  has(key: string): boolean {
    return this.#keys.size > 0 && this.#keys.has(key);
  }
}

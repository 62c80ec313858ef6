const SHARDS = 256;

/**
 * A map in many small ones: a single map of a million keys stalls the process for 60 ms when it grows, and these grow one
 * at a time. Since a key never leaves its shard, the shards are also the pages in which keys can be listed while they
 * change.
 */
export class ShardedMap<V> {
  readonly #shards = Array.from({ length: SHARDS }, () => new Map<string, V>());
  #size = 0;
  /** What was looked up last: who changes an entry has read it just before. */
  #lastKey: string | undefined;
  #last: V | undefined;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    if (key === this.#lastKey) return this.#last;
    this.#lastKey = key;
    this.#last = this.#shardOf(key).get(key);
    return this.#last;
  }

  set(key: string, value: V): void {
    const shard = this.#shardOf(key);
    const before = shard.size;
    shard.set(key, value);
    this.#size += shard.size - before;
    this.#lastKey = key;
    this.#last = value;
  }

  delete(key: string): boolean {
    const deleted = this.#shardOf(key).delete(key);
    if (deleted) this.#size--;
    if (key === this.#lastKey) this.#lastKey = this.#last = undefined;
    return deleted;
  }

  *values(): Generator<V> {
    for (const shard of this.#shards) yield* shard.values();
  }

  /**
   * At least `least` values, if there are so many, and where the next page begins (undefined after the last). Whoever is
   * there from the first page to the last is on exactly one of them.
   */
  page(cursor: number, least: number): { values: V[]; next: number | undefined } {
    const values: V[] = [];
    let next = cursor;
    while (next < SHARDS && values.length < least) {
      const shard = this.#shards[next++];
      if (shard !== undefined) values.push(...shard.values());
    }
    return { values, next: next < SHARDS ? next : undefined };
  }

  #shardOf(key: string): Map<string, V> {
    let hash = 0;
    for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
    return this.#shards[(hash ^ (hash >>> 15)) & (SHARDS - 1)] as Map<string, V>;
  }
}

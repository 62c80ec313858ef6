/**
 * Whether a worker is replaced for its memory, by what its `shouldKill` says: what Troupe's own assertions say of heap and
 * garbage collection, and what others say of memory.
 */
export const isAboutMemory = (reason: string): boolean =>
  /\b(memory|heap|rss|gc|garbage|leak(s|ed|ing)?)\b/i.test(reason);

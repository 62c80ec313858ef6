/** One cache of the cluster, for pages that show it. */
export interface CacheSummary {
  name: string;
  persist: boolean;
  /** Keys in the cache manager. */
  entries: number;
  /** What they take there, bytes. */
  bytes: number;
  /** Reads answered by the near stores of processes, and by the manager. */
  hits: { near: number; manager: number };
  misses: number;
  loads: number;
  /** Reads that waited for the load of somebody else. */
  coalesced: number;
  evictions: number;
  expiries: number;
  /** Loads that failed. */
  errors: number;
  /** The near stores. */
  processes: { pid: number; hits: number; entries: number; bytes: number }[];
}

/** An entry of a cache, for pages that show it. */
export interface CacheEntry {
  key: string;
  /** As text, cut off where it is long. */
  value: string;
  persist: boolean;
  /** What is left of its time, ms; 0: it does not expire. */
  expire: number;
}

/** What can be asked about caches, beside what is in them. */
import type { CacheSummary } from '@troupe/ipc';

/**
 * How a cache is used, and what it has done since the manager has it; of the near stores the last second may be missing.
 */
export type CacheStat = Omit<CacheSummary, 'name' | 'persist'>;

/** What a cache is. */
export interface CacheMeta {
  name: string;
  persist: boolean;
  /** How long one load may take, ms. */
  timeout: number;
  maxEntries: number;
  maxBytes: number;
  staleWhileRevalidate: number;
}

/** Some of the keys. */
export interface KeysPage {
  keys: string[];
  /** Where the next page begins; absent after the last. */
  next?: number | undefined;
}

/** An entry as it lies in the manager. */
export interface Inspected {
  /** As bytes of the codec. */
  value: Buffer;
  persist: boolean;
  /** What is left of its time, ms; 0: it does not expire. */
  expire: number;
}

export interface Questions {
  /** All caches. */
  names: { params: Record<string, never>; result: { names: string[] } };
  stat: { params: { name: string }; result: CacheStat };
  meta: { params: { name: string }; result: CacheMeta };
  keys: { params: { name: string; cursor: number }; result: KeysPage };
  inspect: { params: { name: string; key: string }; result: { found?: Inspected | undefined } };
  /** Removes everything that is in it. */
  destroy: { params: { name: string }; result: Record<string, never> };
}
export type Question = keyof Questions;

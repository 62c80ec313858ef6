import { inspect } from 'node:util';
import type { CacheEntry, CacheSummary } from '@troupe/ipc';
import type { CacheUser } from './user.ts';

const MOST_CHARACTERS = 500;
const MOST_ENTRIES = 100;

/** What pages show of caches. */
export interface Described {
  list(): Promise<CacheSummary[]>;
  /** At most 100 of them. */
  entries(name: string, keys: readonly string[]): Promise<CacheEntry[]>;
}

export function describeCaches(caches: CacheUser): Described {
  const entry = async (name: string, key: string): Promise<CacheEntry[]> => {
    const found = await caches.inspect(name, key);
    if (found === undefined) return [];
    const [value, persist, expire] = found;
    return [{ key, value: asText(value), persist, expire }];
  };
  return {
    list: async () =>
      Promise.all(
        (await caches.ns()).map(async name => ({
          name,
          persist: (await caches.meta(name)).persist,
          ...(await caches.stat(name)),
        })),
      ),
    entries: async (name, keys) => (await Promise.all(keys.slice(0, MOST_ENTRIES).map(key => entry(name, key)))).flat(),
  };
}

function asText(value: unknown): string {
  const text = inspect(value, { depth: 4, maxArrayLength: 50, maxStringLength: MOST_CHARACTERS, breakLength: 120 });
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

import type { CacheEntry } from '@troupe/ipc';
import { badAction } from '../errors.ts';
import type { Bus } from '../options.ts';
import type { EntriesPage, EntriesPlace, EntriesQuery } from '../view.ts';

/** Entries of one page. */
const PAGE = 50;
/** Pages of keys that one search goes through at the most, of about a thousand keys each. */
const MAX_SCANNED = 50;
const DEADLINE = 5_000;

/** What came over the socket, checked. @throws TROUPE_ERR_DEBUG_ACTION */
export function readQuery(given: unknown): EntriesQuery {
  const { cache, contains, from } = (given ?? {}) as Partial<EntriesQuery>;
  const isPlace = from === undefined || (isCount(from?.cursor) && isCount(from?.skip));
  if (typeof cache !== 'string' || typeof contains !== 'string' || !isPlace) throw badAction(given);
  return { type: 'entries', cache, contains, ...(from && { from: { cursor: from.cursor, skip: from.skip } }) };
}

/** Some of the entries whose keys contain a text, and where the next ones are. */
export async function findEntries({ cache, contains, from }: EntriesQuery, bus: Bus): Promise<EntriesPage> {
  const { keys, next } = await findKeys(contains, from ?? { cursor: 0, skip: 0 }, cursor =>
    bus.request('master', 'cache.keys', { name: cache, cursor }, { timeout: DEADLINE }),
  );
  const entries: CacheEntry[] =
    keys.length === 0 ? [] : await bus.request('master', 'cache.entries', { name: cache, keys }, { timeout: DEADLINE });
  return { entries, next };
}

/** @param page of keys at a cursor, and the cursor of the page after it */
export async function findKeys(
  contains: string,
  from: EntriesPlace,
  page: (cursor: number) => Promise<{ keys: string[]; next?: number | undefined }>,
): Promise<{ keys: string[]; next?: EntriesPlace | undefined }> {
  const found: string[] = [];
  let { cursor, skip } = from;
  for (let scanned = 0; scanned < MAX_SCANNED; scanned++) {
    const { keys, next } = await page(cursor);
    for (const [index, key] of keys.entries()) {
      if (index < skip || !key.includes(contains)) continue;
      if (found.length === PAGE) return { keys: found, next: { cursor, skip: index } };
      found.push(key);
    }
    if (next === undefined) return { keys: found };
    cursor = next;
    skip = 0;
  }
  return { keys: found, next: { cursor, skip } };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

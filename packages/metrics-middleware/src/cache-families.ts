import type { CacheSummary, MetricFamily, MetricSample } from '@troupe/ipc';

interface Measure {
  name: string;
  type: 'counter' | 'gauge';
  help: string;
  samples(cache: CacheSummary): MetricSample[];
}

const MEASURES: readonly Measure[] = [
  measure('gauge', 'entries', 'Entries in the cache manager.', cache => cache.entries),
  measure('gauge', 'bytes', 'What they take there.', cache => cache.bytes),
  {
    name: 'troupe_cache_hits_total',
    type: 'counter',
    help: 'Reads that were answered, by the near store of a process or by the cache manager.',
    samples: ({ name: cache, hits }) => [
      { labels: { cache, store: 'near' }, value: hits.near },
      { labels: { cache, store: 'manager' }, value: hits.manager },
    ],
  },
  measure(
    'counter',
    'misses_total',
    'Reads that found nothing, those that led to a load included.',
    ({ misses }) => misses,
  ),
  measure('counter', 'loads_total', 'Loads that were begun.', ({ loads }) => loads),
  measure(
    'counter',
    'coalesced_waits_total',
    'Reads that waited for the load of another.',
    ({ coalesced }) => coalesced,
  ),
  measure('counter', 'evictions_total', 'Entries that had to make room.', ({ evictions }) => evictions),
  measure('counter', 'expiries_total', 'Entries whose time was over.', ({ expiries }) => expiries),
  measure('counter', 'errors_total', 'Loads that failed.', ({ errors }) => errors),
];

/** What one cache manager says of its caches, for `/metrics`. */
export function cacheFamilies(caches: readonly CacheSummary[]): MetricFamily[] {
  return MEASURES.map(({ samples, ...family }) => ({ ...family, aggregator: 'sum', values: caches.flatMap(samples) }));
}

/** One value of each cache. */
function measure(type: Measure['type'], what: string, help: string, value: (cache: CacheSummary) => number): Measure {
  const samples = (cache: CacheSummary) => [{ labels: { cache: cache.name }, value: value(cache) }];
  return { name: `troupe_cache_${what}`, type, help, samples };
}

import type { CacheSummary } from '@troupe/ipc';
import type { Bus } from '../options.ts';
import type { Source } from './source.ts';
import { unlessUnknown } from './unless-unknown.ts';

/** How long the master, and the cache manager behind it, may take, ms. */
const DEADLINE = 3_000;

/** Every cache of the cluster; null where the cluster has none. */
export class CacheSource implements Source<CacheSummary[] | null, CacheSummary[] | null> {
  readonly #bus: Bus;
  #caches: CacheSummary[] | null = null;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  whole(): CacheSummary[] | null {
    return this.#caches;
  }

  async look(): Promise<CacheSummary[] | null | undefined> {
    const caches = await this.#ask();
    const hasChanged = JSON.stringify(caches) !== JSON.stringify(this.#caches);
    this.#caches = caches;
    return hasChanged ? caches : undefined;
  }

  async #ask(): Promise<CacheSummary[] | null> {
    const asked = this.#bus.request('master', 'cache.list', undefined, { timeout: DEADLINE });
    return (await unlessUnknown(asked))?.sort((a, b) => a.name.localeCompare(b.name)) ?? null;
  }
}

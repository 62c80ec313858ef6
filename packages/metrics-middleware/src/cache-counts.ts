import type { Client, MetricFamily } from '@troupe/ipc';
import { cacheFamilies } from './cache-families.ts';
import { Ledger } from './ledger.ts';

/** What the caches of the cluster have counted: what one cache manager had counted stays when the next takes its place. */
export class CacheCounts {
  readonly #client: Pick<Client, 'request'>;
  readonly #ledger = new Ledger();
  #manager: number | undefined;

  constructor(client: Pick<Client, 'request'>) {
    this.#client = client;
  }

  /** @param timeout how long the cache manager may take, ms; when it is late, what it said last stays */
  async ask(timeout: number): Promise<void> {
    const asked = this.#client.request('master', 'cache.counts', undefined, { timeout });
    // Also where the cache is switched off, and nobody answers at all.
    const told = await asked.catch(() => undefined);
    if (told === undefined) return;
    const { manager, caches = [] } = told ?? {};
    if (this.#manager !== undefined && this.#manager !== manager) this.#ledger.left(this.#manager);
    this.#manager = manager;
    if (manager !== undefined) this.#ledger.report(manager, cacheFamilies(caches));
  }

  families(): MetricFamily[] {
    const { dead: merge, living } = this.#ledger.snapshot();
    for (const families of living) merge.add(families);
    return merge.result();
  }
}

import { type Client, isUnanswered, type MetricFamily, type Result, report } from '@troupe/ipc';
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
    const told = await this.#told(timeout);
    if (told === undefined) return;
    const { manager, caches = [] } = told ?? {};
    if (this.#manager !== undefined && this.#manager !== manager) this.#ledger.left(this.#manager);
    this.#manager = manager;
    if (manager !== undefined) this.#ledger.report(manager, cacheFamilies(caches));
  }

  /** Null when there is no manager; nothing when nobody says. */
  async #told(timeout: number): Promise<Result<'cache.counts'> | undefined> {
    try {
      return await this.#client.request('master', 'cache.counts', undefined, { timeout });
    } catch (problem) {
      if (!isUnanswered(problem) && !isSwitchedOff(problem)) report(problem);
      return undefined;
    }
  }

  families(): MetricFamily[] {
    const { dead: merge, living } = this.#ledger.snapshot();
    for (const families of living) merge.add(families);
    return merge.result();
  }
}

/** Whether the cluster has no cache, so that nobody answers questions about it. */
function isSwitchedOff(problem: unknown): boolean {
  return problem instanceof Error && 'code' in problem && problem.code === 'TROUPE_ERR_IPC_NO_HANDLER';
}

import { connect, type TrafficReport } from '@troupe/ipc';
import { messageOf } from './errors.ts';
import { type Bus, setMark } from './host.ts';
import { MarkStore } from './mark-store.ts';
import type { Settings } from './options.ts';
import { type Mark, Traffic } from './traffic.ts';

/** How long the master may take, ms: less than any load balancer waits for a probe. */
const DEADLINE = 1_000;
/** How long it may take to set a mark, which is also written to disk, ms. */
const MARK_DEADLINE = 5_000;

/** What was found out, and whether about a cluster or about this process alone. */
export interface Found {
  report: TrafficReport;
  alone: boolean;
}

/** A process's own truth, for as long as it belongs to no cluster. */
interface Own {
  traffic: Traffic;
  store: MarkStore | undefined;
}

/**
 * Where the middleware gets the truth from: the master of the cluster; or, in a process that belongs to none, from itself.
 * Which of the two is found out at each request, since `ecv()` is mounted before `listen()` makes this process a master.
 */
export class Truth {
  readonly #settings: Settings;
  #asking: Promise<Found> | undefined;
  #own: Promise<Own> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Probes that come in while one is being answered share its answer. Rejects when the master does not answer. */
  report(): Promise<Found> {
    this.#asking ??= this.#askOnce().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Rejects when it is not known whether the mark was set. */
  async mark(mark: Mark, by: string): Promise<Found> {
    const params = { mark, by };
    try {
      const report = await this.#client().request('master', 'traffic.mark', params, { timeout: MARK_DEADLINE });
      return { report, alone: false };
    } catch (error) {
      if (!belongsToNoCluster(error)) throw error;
      const { traffic, store } = await this.#ourOwn();
      return { report: await setMark(traffic, this.#client(), params, store), alone: true };
    } finally {
      // What is under way may have been asked before the mark.
      this.#asking = undefined;
    }
  }

  async #askOnce(): Promise<Found> {
    try {
      const report = await this.#client().request('master', 'traffic.report', undefined, { timeout: DEADLINE });
      return { report, alone: false };
    } catch (error) {
      if (!belongsToNoCluster(error)) throw error;
      return { report: (await this.#ourOwn()).traffic.report(), alone: true };
    }
  }

  #client(): Bus {
    return this.#settings.client ?? connect();
  }

  #ourOwn(): Promise<Own> {
    this.#own ??= this.#begin().catch(error => {
      // The next request tries again.
      this.#own = undefined;
      throw error;
    });
    return this.#own;
  }

  async #begin(): Promise<Own> {
    const { persist, disabled } = this.#settings;
    const store = persist === undefined ? undefined : await MarkStore.open(persist);
    const traffic = Traffic.ofThisProcess({ mark: disabled ? 'down' : 'up', ...store?.stored });
    return { traffic, store };
  }
}

function belongsToNoCluster(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'TROUPE_ERR_IPC_NO_CLUSTER';
}

export function whyUnknown(error: unknown): string {
  return `It is not known whether the cluster is well: ${messageOf(error)}`;
}

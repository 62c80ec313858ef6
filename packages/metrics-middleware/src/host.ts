/** The master's side of `/metrics`; it loads nothing that a master without visitors would not need. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Client, METRICS, type MetricFamily } from '@troupe/ipc';
import { CacheCounts } from './cache-counts.ts';
import { checked } from './checked.ts';
import { Ledger } from './ledger.ts';

export interface HostOptions {
  client: Pick<Client, 'handle' | 'onEvent' | 'request'>;
  /** The pids of the workers that live. */
  workers(): readonly number[];
  /** What the master measures itself. `reporting` workers have just answered. */
  own(reporting: number): MetricFamily[];
}

export interface MetricsHost {
  /** A worker has died: what it had counted is kept. */
  left(pid: number): void;
  close(): void;
}

/** Answers `metrics.collect` for everybody on the bus. The process that is the master does this once. */
export function hostMetrics({ client, workers, own }: HostOptions): MetricsHost {
  const ledger = new Ledger();
  const caches = new CacheCounts(client);
  let collecting: Promise<MetricFamily[]> | undefined;

  async function collect(timeout: number): Promise<MetricFamily[]> {
    const asked = workers().map(pid => client.request(pid, 'worker.metrics', undefined, { timeout }));
    const [told] = await Promise.all([Promise.allSettled(asked), caches.ask(timeout)]);
    const { dead: merge, living } = ledger.snapshot();
    // Who is silent, or not so far yet, does not report: that is all there is to say of it.
    merge.add(own(told.filter(({ status }) => status === 'fulfilled').length));
    merge.add(caches.families());
    for (const families of living) {
      merge.add(families);
      // The master has other things to do than to add up thousands of numbers in one go.
      await nextTurn();
    }
    return merge.result().sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  const stop = [
    client.onEvent(METRICS, ([families], from) => {
      // What a dead worker said may arrive after its end, and would be counted twice.
      if (workers().includes(from)) ledger.report(from, checked(families));
    }),
    client.handle(
      'metrics.collect',
      ({ timeout }) => {
        // Whoever comes while the workers are being asked gets the same answer.
        collecting ??= collect(timeout).finally(() => {
          collecting = undefined;
        });
        return collecting;
      },
      { validate: timeoutIn },
    ),
  ];
  return {
    left: pid => ledger.left(pid),
    close: () => {
      for (const undo of stop) undo();
    },
  };
}

function timeoutIn(params: unknown): { timeout: number } {
  if (typeof params === 'object' && params !== null && 'timeout' in params && typeof params.timeout === 'number') {
    return { timeout: params.timeout };
  }
  throw new TypeError('metrics are collected within a timeout, ms');
}

import type { MetricFamily, WorkerInfo, WorkerState } from '@troupe/ipc';
import type { ExitCounts } from '../master/exit-counts.ts';
import { EXIT_KINDS } from '../master/exit-kind.ts';
import { counter, gauge } from './family.ts';
import { processCounters, processGauges } from './process-metrics.ts';

const STATES: readonly WorkerState[] = ['forked', 'configuring', 'warming', 'ready', 'paused', 'retiring'];
const MS_PER_SECOND = 1_000;

/** What the master knows of its cluster. */
export interface ClusterFacts {
  workers: readonly WorkerInfo[];
  /** How many there should be. */
  wanted: number;
  /** How many have just said how they are. */
  reporting: number;
  /** How many have ended, by why. */
  exits: Pick<ExitCounts, 'of'>;
  /** Whether traffic should come. */
  up: boolean;
}

/** What the master measures for `/metrics`. What can be counted is there from the start, at zero. */
export function clusterMetrics({ workers, wanted, reporting, exits, up }: ClusterFacts): MetricFamily[] {
  const inState = (state: WorkerState) => workers.filter(worker => worker.state === state).length;
  return [
    gauge(
      'troupe_workers',
      'Workers, by where they are in their lives.',
      ...STATES.map(state => [{ state }, inState(state)] as const),
    ),
    gauge('troupe_workers_wanted', 'How many workers there should be.', [{}, wanted]),
    gauge('troupe_workers_reporting', 'Workers that answered to this scrape; others count with what they said last.', [
      {},
      reporting,
    ]),
    counter(
      'troupe_worker_exits_total',
      'Workers that have ended, by why.',
      ...EXIT_KINDS.map(reason => [{ reason }, exits.of(reason)] as const),
    ),
    gauge('troupe_ecv_up', 'Whether load balancers are told to send traffic.', [{}, Number(up)]),
    gauge('troupe_start_time_seconds', 'When the master started, since the epoch.', [
      {},
      performance.timeOrigin / MS_PER_SECOND,
    ]),
    ...processCounters('master'),
    ...processGauges('master'),
  ];
}

import {
  addCounts,
  type ClusterReport,
  type DebugLease,
  type Heartbeat,
  LATENCY_BUCKETS,
  type Percentiles,
  type ProcessReport,
  percentiles,
  type TrafficReport,
  type WorkerExit,
  type WorkerInfo,
} from '@troupe/ipc';
import { leaseViewOf } from '../debugger/lease-view.ts';
import { messageOf } from '../errors.ts';
import type { Bus } from '../options.ts';
import type { Beat, ClusterDelta, ClusterView, WorkerView } from '../view.ts';
import type { History } from './history.ts';
import type { Source } from './source.ts';
import { unlessUnknown } from './unless-unknown.ts';

/** How long the master may take, ms. */
const DEADLINE = 1_500;
/** Exits are asked for when workers have come or gone, and else once in so many looks. */
const LOOKS_PER_EXITS = 10;
/** Exits that are shown. */
const EXITS = 20;
/** Slots of a worker's trend. */
const TREND = 24;

/** The state of the cluster, asked for over the bus. */
export class ClusterSource implements Source<ClusterView, ClusterDelta> {
  readonly #bus: Bus;
  readonly #history: History;
  readonly #workers = new Map<number, WorkerView>();
  #at = 0;
  #problem: string | null = null;
  #cluster: ClusterReport | null = null;
  #traffic: TrafficReport | null = null;
  #cacheManager: ProcessReport | null = null;
  #latency: Percentiles | null = null;
  #exits: WorkerExit[] = [];
  #looks = 0;

  constructor(bus: Bus, history: History) {
    this.#bus = bus;
    this.#history = history;
  }

  whole(): ClusterView {
    return {
      at: this.#at,
      problem: this.#problem,
      cluster: this.#cluster,
      traffic: this.#traffic,
      cacheManager: this.#cacheManager,
      latency: this.#latency,
      workers: [...this.#workers.values()],
      exits: this.#exits,
    };
  }

  async look(): Promise<ClusterDelta> {
    const { cluster, traffic, cacheManager, latency, exits } = this.whole();
    const changed: Pick<ClusterDelta, 'workers' | 'gone'> = {};
    try {
      if (this.#looks === 0) await this.#catchUp();
      const [list, leases, ...reports] = await Promise.all([
        this.#ask('workers.list'),
        unlessUnknown(this.#ask('debug.leases')),
        this.#ask('cluster.report'),
        this.#ask('traffic.report'),
        unlessUnknown(this.#ask('cache.manager')),
      ]);
      [this.#cluster, this.#traffic, this.#cacheManager] = reports;
      Object.assign(changed, this.#compare(list, leases ?? []));
      this.#latency = latencyOf(list.flatMap(({ pid }) => this.#history.last(pid)?.beat ?? []));
      if (this.#isTimeForExits(changed)) this.#exits = (await this.#ask('workers.exits')).slice(0, EXITS);
      this.#problem = null;
    } catch (error) {
      this.#problem = messageOf(error);
    }
    this.#at = Date.now();
    return {
      at: this.#at,
      problem: this.#problem,
      ...changed,
      ...(differ(cluster, this.#cluster) && { cluster: this.#cluster }),
      ...(differ(traffic, this.#traffic) && { traffic: this.#traffic }),
      ...(differ(cacheManager, this.#cacheManager) && { cacheManager: this.#cacheManager }),
      ...(differ(latency, this.#latency) && { latency: this.#latency }),
      ...(differ(exits, this.#exits) && { exits: this.#exits }),
    };
  }

  /** Workers may have said how they are before this process listened. */
  async #catchUp(): Promise<void> {
    for (const beat of await this.#ask('workers.vitals')) {
      if (this.#history.last(beat.pid) === undefined) this.#history.record(beat, Date.now());
    }
  }

  #ask<
    N extends
      | 'workers.list'
      | 'workers.vitals'
      | 'workers.exits'
      | 'debug.leases'
      | 'cluster.report'
      | 'traffic.report'
      | 'cache.manager',
  >(name: N) {
    return this.#bus.request('master', name, undefined, { timeout: DEADLINE });
  }

  #compare(list: WorkerInfo[], leases: DebugLease[]): Pick<ClusterDelta, 'workers' | 'gone'> {
    const now = Date.now();
    const changed = list.flatMap(info => {
      const known = this.#workers.get(info.pid);
      const { beat, heardAt } = this.#history.last(info.pid) ?? {};
      const lease = leaseViewOf(leases.find(({ pid }) => pid === info.pid));
      const isSame =
        known?.heardAt === heardAt &&
        known?.state === info.state &&
        known.debugged === info.debugged &&
        !differ(known.lease, lease);
      if (isSame) return [];
      const trend = this.#history.trend(info.pid, 'tps', now, TREND);
      return [{ ...info, beat: beat && withoutCounts(beat), heardAt, trend, lease }];
    });
    const alive = new Set(list.map(({ pid }) => pid));
    const gone = [...this.#workers.keys()].filter(pid => !alive.has(pid));
    for (const worker of changed) this.#workers.set(worker.pid, worker);
    for (const pid of gone) this.#workers.delete(pid);
    return { ...(changed.length > 0 && { workers: changed }), ...(gone.length > 0 && { gone }) };
  }

  #isTimeForExits({ gone }: Pick<ClusterDelta, 'gone'>): boolean {
    return gone !== undefined || this.#looks++ % LOOKS_PER_EXITS === 0;
  }
}

/** What every page is told of each beat is little. */
function withoutCounts({ latency: { counts: _, ...latency }, ...beat }: Heartbeat): Beat {
  return { ...beat, latency };
}

function latencyOf(beats: readonly Heartbeat[]): Percentiles | null {
  const counts = new Float64Array(LATENCY_BUCKETS);
  for (const { latency } of beats) addCounts(counts, latency.counts);
  return counts.some(count => count > 0) ? percentiles(counts) : null;
}

const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

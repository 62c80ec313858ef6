import type {
  ClusterReport,
  DebugLease,
  LogLine,
  RequestName,
  TrafficReport,
  WorkerExit,
  WorkerInfo,
} from '@troupe/ipc';
import type { Bus } from '../src/options.ts';

/** The bus of a cluster that is made up. */
export class FakeCluster implements Bus {
  workers: WorkerInfo[] = [workerOf(11), workerOf(12)];
  exits: WorkerExit[] = [];
  leases: DebugLease[] = [];
  lines: LogLine[] = [];
  traffic: TrafficReport = trafficOf({});
  report: ClusterReport = reportOf({});
  /** Set to have it answer nobody. */
  silent = false;
  /** What it was asked, but for what is asked each second. */
  readonly asked: { name: string; params: unknown }[] = [];
  readonly #listeners = new Set<(args: unknown[], from: number) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  onEvent: Bus['onEvent'] = (...args: unknown[]) => {
    const listener = args[1] as (args: unknown[], from: number) => void;
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  emit(from: number, value: unknown): void {
    for (const listener of this.#listeners) listener([value], from);
  }

  request: Bus['request'] = async (_target, name, params) => {
    if (this.silent) throw Object.assign(new Error('no answer'), { code: 'TROUPE_ERR_IPC_NO_ANSWER' });
    return this.#answer(name, params) as never;
  };

  gather: Bus['gather'] = async (_targets, name, params) => {
    return [
      { pid: 1, value: this.#answer(name, params) as never },
      { pid: 2, error: new Error('unknown request') },
    ];
  };

  #answer(name: RequestName, params: unknown): unknown {
    switch (name) {
      case 'workers.list':
        return structuredClone(this.workers);
      case 'debug.leases':
        return structuredClone(this.leases);
      case 'workers.vitals':
        return [];
      case 'workers.exits':
        return this.exits;
      case 'traffic.report':
        return structuredClone(this.traffic);
      case 'cluster.report':
        return structuredClone(this.report);
      case 'cache.manager':
        throw Object.assign(new Error('unknown'), { code: 'TROUPE_ERR_IPC_NO_HANDLER' });
      case 'cache.list':
        return [];
      case 'cache.keys':
        return { keys: ['apple', 'pear'] };
      case 'cache.entries':
        return (params as { keys: string[] }).keys.map(key => ({ key, value: `a ${key}`, persist: false, expire: 0 }));
      case 'log.lines': {
        const { since } = params as { since: number };
        return this.lines.filter(({ at }) => at >= since);
      }
      default:
        this.asked.push({ name, params });
        return undefined;
    }
  }
}

export function workerOf(pid: number, change: Partial<WorkerInfo> = {}): WorkerInfo {
  return { pid, state: 'ready', since: Date.now() - 60_000, generation: 1, debugged: false, ...change };
}

export function leaseOf(pid: number, change: Partial<DebugLease> = {}): DebugLease {
  const paths = { agent: '/run/agent', door: '/run/door', root: '/srv/app' };
  const times = { since: Date.now() - 60_000, until: Date.now() + 1_800_000 };
  const lease = { pid, state: 'open', fresh: false, aside: true, by: 'Ada', sessions: 1, paused: false } as const;
  return { ...lease, ...times, ...paths, ...change };
}

export function trafficOf(change: Partial<TrafficReport>): TrafficReport {
  const report = { up: true, since: 0, reasons: [], mark: 'up', phase: 'serving', ready: 2, wanted: 2, minWorkers: 1 };
  return { ...report, ...change } as TrafficReport;
}

export function reportOf(change: Partial<ClusterReport>): ClusterReport {
  const report = {
    pid: 1,
    node: 'v20.20.0',
    since: 0,
    memory: 90e6,
    generation: 1,
    wanted: 2,
    heartbeatInterval: 5_000,
  };
  return { ...report, ...change };
}

export function exitOf(pid: number, change: Partial<WorkerExit> = {}): WorkerExit {
  return {
    pid,
    generation: 1,
    at: Date.now(),
    code: null,
    signal: 'SIGKILL',
    asked: false,
    reason: 'killed',
    ...change,
  };
}

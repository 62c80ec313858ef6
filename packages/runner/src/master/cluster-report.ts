import type { ClusterReport } from '@troupe/ipc';
import type { State } from '../supervisor/state.ts';

/** When this process began, ms since the epoch. */
const since = Math.round(Date.now() - process.uptime() * 1_000);

/** The cluster as a whole, for those who look at it from outside. */
export function clusterReport(
  state: State,
  heartbeatInterval: number,
  pidOf: (id: number) => number | undefined,
): ClusterReport {
  const { generation, wanted, current } = state;
  return {
    pid: process.pid,
    node: process.version,
    since,
    memory: process.memoryUsage.rss(),
    generation,
    wanted,
    heartbeatInterval,
    reload: progressOf(state.reload),
    replacing: current ? { pid: pidOf(current.predecessor), reason: current.reason } : undefined,
  };
}

function progressOf(reload: State['reload']): ClusterReport['reload'] {
  if (!reload) return undefined;
  const { generation, stage, joining, remaining, succeeded } = reload;
  const ready = succeeded.length;
  return { generation, stage, ready, total: ready + remaining.length + (joining === null ? 0 : 1) };
}

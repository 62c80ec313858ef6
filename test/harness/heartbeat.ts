import { type Heartbeat, latencyBucket, percentiles } from '@troupe/ipc';

/** A heartbeat of a worker that is well. */
export const heartbeat = (change: Partial<Heartbeat> = {}): Heartbeat => ({
  pid: 1,
  state: 'ready',
  uptime: 60,
  cycle: 5_000,
  cpu: 50,
  memory: 100_000_000,
  heap: { used: 50_000_000, total: 80_000_000, limit: 2_000_000_000 },
  eventLoop: { utilization: 0.5, p50: 1, p99: 5 },
  gc: { incremental: 10, full: 0, pauseMS: 20 },
  aliveConnections: 3,
  totalConnections: 30,
  transactions: 500,
  durations: 2_500,
  latency: latencyOf(500, 5),
  tps: 100,
  totalTransactions: 6_000,
  totalDurations: 30_000,
  error: { count: 0, fatal: 0 },
  ...change,
});

/** So many requests of so many ms. */
export function latencyOf(requests: number, ms: number): Heartbeat['latency'] {
  const counts = [...Array.from({ length: latencyBucket(ms) }, () => 0), requests];
  return { ...percentiles(counts), counts };
}

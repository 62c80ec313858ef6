import { type Heartbeat, latencyBucket, percentiles } from '@troupe/ipc';

/** What a worker at ease says of itself. */
export function beatOf(pid: number, change: Partial<Heartbeat> = {}): Heartbeat {
  return {
    pid,
    state: 'ready',
    uptime: 60,
    cycle: 5_000,
    cpu: 10,
    memory: 60e6,
    heap: { used: 20e6, total: 30e6, limit: 2e9 },
    eventLoop: { utilization: 0.1, p50: 1, p99: 5 },
    gc: { incremental: 1, full: 0, pauseMS: 2 },
    aliveConnections: 3,
    totalConnections: 30,
    transactions: 100,
    durations: 1_000,
    latency: latencyOf(100, 10),
    tps: 20,
    totalTransactions: 1_000,
    totalDurations: 10_000,
    error: { count: 0, fatal: 0 },
    ...change,
  };
}

/** So many requests of so many ms. */
export function latencyOf(requests: number, ms: number): Heartbeat['latency'] {
  const counts = [...Array.from({ length: latencyBucket(ms) }, () => 0), requests];
  return { ...percentiles(counts), counts };
}

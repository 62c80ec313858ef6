import type { Heartbeat } from '@troupe/ipc';
import type { Assertion } from './assertion.ts';
import { PerWorker } from './per-worker.ts';

/** Below this many requests per second a worker shows nothing. */
const IDLE_TPS = 2;
/** A throughput below this share of the worker's best is a drop. */
const DROP = 0.9;

/**
 * cluster2's heuristic: a worker that serves at least 10 % less than at its best, while it uses more CPU, more memory
 * and more garbage collections than then.
 */
export function assertBadGC(): Assertion {
  const peaks = new PerWorker(({ cpu, memory, gc }) => ({ tps: 0, cpu, memory, gc: { ...gc } }));
  return heartbeat => {
    const tps = throughput(heartbeat);
    if (tps <= IDLE_TPS) return false;
    const peak = peaks.of(heartbeat);
    const { cpu, memory, gc } = heartbeat;
    if (tps >= peak.tps) {
      peak.tps = tps;
      peak.cpu = Math.max(cpu, peak.cpu);
      peak.memory = Math.max(memory, peak.memory);
      peak.gc.incremental = Math.max(gc.incremental, peak.gc.incremental);
      peak.gc.full = Math.max(gc.full, peak.gc.full);
      return false;
    }
    const works = cpu > peak.cpu && memory > peak.memory;
    const collects = gc.incremental > peak.gc.incremental && gc.full >= peak.gc.full;
    const dropped = tps < peak.tps * DROP;
    return (
      dropped &&
      works &&
      collects &&
      `it serves ${tps.toFixed(1)} requests per second, at its best ${peak.tps.toFixed(1)}, with more CPU, memory and garbage collection`
    );
  };
}

/** Heartbeats of other makers may come without `tps`, or with one that is no number. */
function throughput({ tps, transactions, cycle }: Heartbeat): number {
  if (tps) return tps;
  return cycle > 0 ? (transactions * 1_000) / cycle : 0;
}

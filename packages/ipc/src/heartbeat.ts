import type { EventListener } from './event-hub.ts';
import { LATENCY_BUCKETS, percentiles } from './latency.ts';
import type { Heartbeat } from './protocol.ts';

/** Every number of a heartbeat that stands alone. */
const SHAPE = {
  uptime: 0,
  cycle: 0,
  cpu: 0,
  memory: 0,
  heap: { used: 0, total: 0, limit: 0 },
  eventLoop: { utilization: 0, p50: 0, p99: 0 },
  gc: { incremental: 0, full: 0, pauseMS: 0 },
  aliveConnections: 0,
  totalConnections: 0,
  transactions: 0,
  durations: 0,
  tps: 0,
  totalTransactions: 0,
  totalDurations: 0,
  error: { count: 0, fatal: 0 },
} satisfies Omit<Heartbeat, 'pid' | 'state' | 'latency'>;

/**
 * Hears the heartbeats of all workers, each as it came from the worker itself and with the fields that it has to have.
 * Applications may have events of that name too: those are passed over.
 * @returns what ends it
 */
export function onHeartbeat(
  client: { onEvent(event: string, listener: EventListener): () => void },
  hear: (heartbeat: Heartbeat) => void,
): () => void {
  return client.onEvent('heartbeat', ([value], from) => {
    const heartbeat = readHeartbeat(value, from);
    if (heartbeat) hear(heartbeat);
  });
}

/** The heartbeat in an event of process `from`, undefined when it is none. */
export function readHeartbeat(value: unknown, from: number): Heartbeat | undefined {
  if (!isRecord(value) || value.pid !== from) return undefined;
  const { state } = value;
  if (state !== 'ready' && state !== 'paused') return undefined;
  const numbers = pick(value, SHAPE);
  const latency = latencyOf(value.latency);
  return numbers && latency && { pid: from, state, ...numbers, latency };
}

/** The numbers of `shape`, taken from `value`, and nothing else. */
function pick<S extends object>(value: Record<string, unknown>, shape: S): S | undefined {
  const picked: Record<string, unknown> = {};
  for (const [key, expected] of Object.entries(shape)) {
    const given = value[key];
    const taken = typeof expected === 'number' ? given : isRecord(given) ? pick(given, expected) : undefined;
    if (typeof expected === 'number' ? !Number.isFinite(taken) : taken === undefined) return undefined;
    picked[key] = taken;
  }
  return picked as S;
}

function latencyOf(value: unknown): Heartbeat['latency'] | undefined {
  if (!isRecord(value) || !Array.isArray(value.counts) || value.counts.length > LATENCY_BUCKETS) return undefined;
  const { counts } = value;
  return counts.every(count => Number.isFinite(count) && count >= 0) ? { ...percentiles(counts), counts } : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

import { type Client, emitter } from '@troupe/ipc';
import type { WorkerMetrics } from '../metrics/worker-metrics.ts';
import type { Settings } from '../options/settle.ts';
import { Heart } from './heartbeat.ts';
import type { Stages } from './stages.ts';
import type { Uncaught } from './uncaught.ts';
import { vitalSigns } from './vital-signs.ts';

/** The heart of a worker that is ready: its beats are the event `heartbeat`, in this process and the master. */
export function startHeart(
  client: Client,
  settings: Settings,
  { accounting, connections }: Stages,
  uncaught: Uncaught,
  metrics: WorkerMetrics,
): Heart {
  const interval = settings.heartbeatInterval;
  let state: 'ready' | 'paused' = 'ready';
  // The master takes it out of rotation, and tells all. Not through the emitter: the application may remove all of its listeners.
  client.onEvent(`worker-${process.pid}-paused`, () => {
    state = 'paused';
  });
  client.onEvent(`worker-${process.pid}-resumed`, () => {
    state = 'ready';
  });
  return new Heart({
    interval,
    signs: vitalSigns(interval, settings.gc.monitor),
    work: () => ({
      state,
      aliveConnections: connections?.sockets.size ?? 0,
      totalConnections: connections?.total ?? 0,
      transactions: accounting?.times.count ?? 0,
      durations: accounting?.times.total ?? 0,
      latencies: accounting?.times.counts ?? new Float64Array(0),
      errors: accounting?.times.failed ?? 0,
      fatal: uncaught.count,
    }),
    beat: heartbeat => {
      emitter.emit('heartbeat', heartbeat);
      metrics.beat(heartbeat);
    },
  });
}

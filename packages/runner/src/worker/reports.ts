import { type Client, emitter, type WorkDone } from '@troupe/ipc';
import type { Log } from '../log/log.ts';
import { WorkerMetrics } from '../metrics/worker-metrics.ts';
import type { Settings } from '../options/settle.ts';
import { Heart } from './heartbeat.ts';
import type { Stages } from './stages.ts';
import type { Uncaught } from './uncaught.ts';
import { vitalSigns } from './vital-signs.ts';

interface ReportsOptions {
  client: Client;
  log: Log;
  settings: Settings;
  stages: Stages;
  uncaught: Uncaught;
  /** Whether it takes connections just now. */
  isPaused(): boolean;
}

/**
 * What a worker that serves says of itself: its heartbeats, which are the event `heartbeat` in this process and the
 * master, and its metrics.
 */
export class Reports {
  readonly #heart: Heart;
  readonly #metrics: WorkerMetrics;

  constructor({ client, log, settings, stages, uncaught, isPaused }: ReportsOptions) {
    const { accounting, connections } = stages;
    const interval = settings.heartbeatInterval;
    const metrics = new WorkerMetrics(client, log, stages, uncaught);
    this.#metrics = metrics;
    this.#heart = new Heart({
      interval,
      signs: vitalSigns(interval, settings.gc.monitor),
      work: () => ({
        state: isPaused() ? 'paused' : 'ready',
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

  /** What the worker has done up to now. */
  done(): WorkDone {
    return this.#heart.done();
  }

  tellMetrics(): Promise<void> {
    return this.#metrics.tellAll();
  }

  /** No more heartbeats: it is leaving. */
  stopBeating(): void {
    this.#heart.stop();
  }

  /** Where the counters stand at the end. */
  tellCounters(): Promise<void> {
    return this.#metrics.tellCounters();
  }
}

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Heartbeat } from '@troupe/ipc';

/** How often the delay is looked at, ms. */
const RESOLUTION = 20;
const NANOSECONDS_PER_MS = 1e6;

/** How busy the event loop is, and how late. Its timer keeps no process alive. */
export class EventLoop {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  #before = performance.eventLoopUtilization();

  constructor() {
    this.#delay.enable();
  }

  /** Since the last sample. What blocks the loop right after one, before the next look, is not seen. */
  sample(): Heartbeat['eventLoop'] {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    const [p50, p99] = [this.#lateness(50), this.#lateness(99)];
    this.#delay.reset();
    return { utilization, p50, p99 };
  }

  stop(): void {
    this.#delay.disable();
  }

  /** The histogram holds the time between two looks: the resolution, and what they were late. */
  #lateness(percentile: number): number {
    return Math.max(0, this.#delay.percentile(percentile) / NANOSECONDS_PER_MS - RESOLUTION);
  }
}

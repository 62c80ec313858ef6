import type { ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import type { Bus } from '../options.ts';
import { say } from '../serve.ts';
import { IN_ROTATION } from './bridge.ts';
import { findLease } from './find-lease.ts';
import { type Measurement, measure, secondsOf } from './measure.ts';

/** Measures workers, one thing of each at a time. */
export class Measurements {
  readonly #bus: Bus;
  readonly #measured = new Set<number>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** A worker that nobody debugs is held for as long as it takes: its nanny looks away. */
  async take(
    { pid, what }: { pid: number; what: Measurement },
    query: URLSearchParams,
    by: string,
    res: ServerResponse,
  ): Promise<void> {
    const known = await findLease(this.#bus, pid);
    if (what === 'snapshot' && !known?.aside) return say(res, 409, IN_ROTATION);
    if (this.#measured.has(pid)) return say(res, 409, `Worker ${pid} is being measured already.`);
    this.#measured.add(pid);
    try {
      const lease = known ?? (await this.#bus.request('master', 'debug.begin', { pid, aside: false, by }));
      await measure(what, lease, secondsOf(query), res);
      if (!known) await this.#letGo(pid);
    } catch (problem) {
      if (res.headersSent) res.destroy();
      else say(res, 409, messageOf(problem));
    } finally {
      this.#measured.delete(pid);
    }
  }

  /** Unless somebody has begun to debug it meanwhile. One that cannot be let go now is when its lease is over. */
  async #letGo(pid: number): Promise<void> {
    const lease = await findLease(this.#bus, pid);
    if (lease?.sessions === 0) await this.#bus.request('master', 'debug.end', { pid, next: 'return' });
  }
}

import type { ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import type { Bus } from '../options.ts';
import { say } from '../serve.ts';
import { IN_ROTATION } from './bridge.ts';
import { findLease } from './find-lease.ts';
import { type Measurement, measure } from './measure.ts';

/** Measures workers, one thing of each at a time. */
export class Measurements {
  readonly #bus: Bus;
  readonly #measured = new Set<number>();
  /** Those that have been measured and are being let go. */
  readonly #leaving = new Map<number, Promise<void>>();

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
    await this.#leaving.get(pid);
    const known = await findLease(this.#bus, pid);
    if (what === 'snapshot' && !known?.aside) return say(res, 409, IN_ROTATION);
    if (this.#measured.has(pid)) return say(res, 409, `Worker ${pid} is being measured already.`);
    this.#measured.add(pid);
    try {
      const lease = known ?? (await this.#bus.request('master', 'debug.begin', { pid, aside: false, by }));
      await measure(what, lease, query, res);
    } catch (problem) {
      if (res.headersSent) res.destroy();
      else say(res, 409, messageOf(problem));
    } finally {
      this.#measured.delete(pid);
      if (!known) await this.#leave(pid);
    }
  }

  async #leave(pid: number): Promise<void> {
    const leaving = this.#letGo(pid).catch((problem: unknown) =>
      process.emitWarning(`worker ${pid} is held until its lease is over: ${messageOf(problem)}`),
    );
    this.#leaving.set(pid, leaving);
    await leaving;
    this.#leaving.delete(pid);
  }

  /**
   * Unless somebody has begun to debug it meanwhile. Whether it answers is not asked: what holds it may be what was looked
   * for, and a worker that is not debugged any more has its nanny again.
   */
  async #letGo(pid: number): Promise<void> {
    const lease = await findLease(this.#bus, pid);
    if (lease?.sessions === 0) await this.#bus.request('master', 'debug.end', { pid, next: 'stay' });
  }
}

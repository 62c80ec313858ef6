import { type Heartbeat, percentiles, type WorkDone } from '@troupe/ipc';
import type { VitalSigns } from './vital-signs.ts';

/** What the worker has done since it began. */
export interface Work {
  state: Heartbeat['state'];
  aliveConnections: number;
  totalConnections: number;
  transactions: number;
  /** ms. */
  durations: number;
  /** How many requests took how long, by `latencyBucket()`. */
  latencies: Float64Array;
  /** Responses with a status of 500 or more. */
  errors: number;
  /** Errors that nothing caught. */
  fatal: number;
}

export interface HeartbeatSources {
  /** ms. */
  interval: number;
  signs: VitalSigns;
  work(): Work;
  beat(heartbeat: Heartbeat): void;
}

type Totals = Pick<Work, 'transactions' | 'durations' | 'latencies' | 'errors' | 'fatal'> & {
  now: number;
  cpu: number;
};

/** Beats once at once, then in each interval until it is stopped. Its timer keeps no process alive. */
export class Heart {
  readonly #from: HeartbeatSources;
  readonly #timer: NodeJS.Timeout;
  #before: Totals = {
    now: 0,
    cpu: 0,
    transactions: 0,
    durations: 0,
    latencies: new Float64Array(0),
    errors: 0,
    fatal: 0,
  };

  constructor(from: HeartbeatSources) {
    this.#from = from;
    this.#timer = setInterval(() => this.#beat(), from.interval).unref();
    this.#beat();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#from.signs.stop();
  }

  /** What the worker has done up to now, between two beats too. */
  done(): WorkDone {
    const { transactions, durations, errors } = this.#from.work();
    return { transactions, durations, errors, heap: this.#from.signs.heap().used };
  }

  #beat(): void {
    const { signs, work, beat } = this.#from;
    const before = this.#before;
    const done = work();
    const now = signs.now();
    const cpu = signs.cpu();
    this.#before = { now, cpu, ...done };
    const cycle = now - before.now;
    const transactions = done.transactions - before.transactions;
    beat({
      pid: process.pid,
      state: done.state,
      uptime: now / 1_000,
      cycle,
      cpu: perCycle((cpu - before.cpu) * 100, cycle),
      memory: signs.memory(),
      heap: signs.heap(),
      eventLoop: signs.eventLoop(),
      gc: signs.gc(cycle),
      aliveConnections: done.aliveConnections,
      totalConnections: done.totalConnections,
      transactions,
      durations: done.durations - before.durations,
      latency: latencyOf(done.latencies, before.latencies),
      tps: perCycle(transactions * 1_000, cycle),
      totalTransactions: done.transactions,
      totalDurations: done.durations,
      error: { count: done.errors - before.errors, fatal: done.fatal - before.fatal },
    });
  }
}

/** Of the requests that ended between the two. */
function latencyOf(now: Float64Array, before: Float64Array): Heartbeat['latency'] {
  const counts = Array.from(now, (count, bucket) => count - (before[bucket] ?? 0));
  counts.length = counts.findLastIndex(count => count > 0) + 1;
  return { ...percentiles(counts), counts };
}

const perCycle = (amount: number, cycle: number) => (cycle > 0 ? amount / cycle : 0);

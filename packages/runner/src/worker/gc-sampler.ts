import { PerformanceObserver } from 'node:perf_hooks';
import type { Heartbeat } from '@troupe/ipc';

type Collections = Heartbeat['gc'];

/** Hears of each collection from now on, until what it returns is called; that delivers the last ones first. */
export type ObserveGc = (collected: (isFull: boolean, pause: number) => void) => () => void;

/**
 * The share of each cycle in which collections are observed. An observer that is always there costs about 5 % of an
 * application that allocates a lot.
 */
const SHARE = 0.1;

/** Estimates a cycle's garbage collections from those at its beginning. */
export class GcSampler {
  readonly #observe: ObserveGc;
  readonly #now: () => number;
  readonly #length: number;
  #seen: Collections = { incremental: 0, full: 0, pauseMS: 0 };
  /** How long was observed since the last sample, ms. */
  #observed = 0;
  #finish: (() => void) | undefined;

  /** `interval` is a cycle's length, ms. */
  constructor(interval: number, observe: ObserveGc = observeGc, now: () => number = () => performance.now()) {
    this.#length = interval * SHARE;
    this.#observe = observe;
    this.#now = now;
  }

  /** What a cycle of so many ms will have had, and the beginning of the next one. */
  sample(cycle: number): Collections {
    this.#finish?.();
    const scale = this.#observed > 0 ? cycle / this.#observed : 0;
    const { incremental, full, pauseMS } = this.#seen;
    this.#begin();
    return { incremental: Math.round(incremental * scale), full: Math.round(full * scale), pauseMS: pauseMS * scale };
  }

  stop(): void {
    this.#finish?.();
  }

  #begin(): void {
    const seen = { incremental: 0, full: 0, pauseMS: 0 };
    const began = this.#now();
    const end = this.#observe((isFull, pause) => {
      seen[isFull ? 'full' : 'incremental'] += 1;
      seen.pauseMS += pause;
    });
    const timer = setTimeout(() => this.#finish?.(), this.#length).unref();
    this.#seen = seen;
    this.#observed = 0;
    this.#finish = () => {
      clearTimeout(timer);
      end();
      this.#observed = this.#now() - began;
      this.#finish = undefined;
    };
  }
}

/** `perf_hooks.constants.NODE_PERFORMANCE_GC_MAJOR`. */
const MAJOR = 4;

/** What a `gc` entry has; Node's types keep the detail to the class of its entries. */
interface GcEntry {
  duration: number;
  detail: { kind: number };
}

function observeGc(collected: (isFull: boolean, pause: number) => void): () => void {
  const take = (entries: readonly object[]) => {
    for (const { detail, duration } of entries as readonly GcEntry[]) collected(detail.kind === MAJOR, duration);
  };
  const observer = new PerformanceObserver(list => take(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    take(observer.takeRecords());
    observer.disconnect();
  };
}

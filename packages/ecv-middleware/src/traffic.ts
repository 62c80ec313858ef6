import type { Address, TrafficReport } from '@troupe/ipc';

export type Mark = TrafficReport['mark'];

export interface TrafficOptions {
  /** Fewer ready workers than this is down. @default 1 */
  minWorkers?: number | undefined;
  /** What it begins with. @default 'up' */
  mark?: Mark | undefined;
  /** Who set that mark, for the reason. @default 'the configuration' */
  by?: string | undefined;
  /** The clock, ms since the epoch. @default Date.now */
  now?: (() => number) | undefined;
}

/**
 * Whether a cluster should get traffic, and why not: the one truth that `/ecv`, Kubernetes' probes, HAProxy's agent and the
 * monitor page read. It does no IO; the runner tells it what happens.
 */
export class Traffic {
  readonly #now: () => number;
  readonly #minWorkers: number;
  readonly #listeners = new Set<(report: TrafficReport) => void>();
  #phase: TrafficReport['phase'] = 'starting';
  #mark: Mark;
  #markedBy: string;
  #ready = 0;
  #wanted = 0;
  #address: Address | undefined;
  #up = false;
  #since: number;

  constructor(options: TrafficOptions = {}) {
    this.#now = options.now ?? Date.now;
    this.#minWorkers = options.minWorkers ?? 1;
    this.#mark = options.mark ?? 'up';
    this.#markedBy = options.by ?? 'the configuration';
    this.#since = this.#now();
  }

  /** The truth about a process that belongs to no cluster: it is its own only worker, and runs. */
  static ofThisProcess(options: Omit<TrafficOptions, 'minWorkers'> = {}): Traffic {
    const traffic = new Traffic(options);
    traffic.workers(1, 1);
    traffic.serving();
    return traffic;
  }

  report(): TrafficReport {
    return {
      up: this.#up,
      since: this.#since,
      reasons: this.#reasons(),
      mark: this.#mark,
      phase: this.#phase,
      ready: this.#ready,
      wanted: this.#wanted,
      minWorkers: this.#minWorkers,
      address: this.#address,
    };
  }

  /** The first generation is being warmed up. */
  starting(): void {
    this.#phase = 'starting';
    this.#changed();
  }

  /** The whole first generation is ready. */
  serving(): void {
    this.#phase = 'serving';
    this.#changed();
  }

  stopping(): void {
    this.#phase = 'stopping';
    this.#changed();
  }

  /** How many workers take traffic, and how many should. */
  workers(ready: number, wanted: number): void {
    this.#ready = ready;
    this.#wanted = wanted;
    this.#changed();
  }

  /** Where the application listens. */
  listening(address: Address): void {
    this.#address = address;
    this.#changed();
  }

  /** @param by who asked for it, for the reason */
  mark(mark: Mark, by: string): void {
    this.#mark = mark;
    this.#markedBy = by;
    this.#changed();
  }

  /** Calls back after each change. @returns the function that stops it */
  onChange(listener: (report: TrafficReport) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #reasons(): string[] {
    const reasons: string[] = [];
    if (this.#mark === 'down') reasons.push(`Marked down by ${this.#markedBy}.`);
    const ready = `${this.#ready} of ${this.#wanted} workers`;
    if (this.#phase === 'stopping') reasons.push('Shutting down.');
    else if (this.#phase === 'starting') reasons.push(`Starting: ${ready} have warmed up.`);
    else if (this.#ready < this.#minWorkers) reasons.push(`Ready: ${ready}; minWorkers asks for ${this.#minWorkers}.`);
    return reasons;
  }

  #changed(): void {
    const up = this.#reasons().length === 0;
    if (up !== this.#up) {
      this.#up = up;
      this.#since = this.#now();
    }
    for (const listener of this.#listeners) listener(this.report());
  }
}

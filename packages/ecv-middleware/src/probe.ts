import type { IncomingMessage } from 'node:http';
import type { TrafficReport } from '@troupe/ipc';
import { Monitor } from './monitor.ts';
import type { Settings } from './options.ts';
import type { Mark } from './traffic.ts';
import { type Found, Truth, whyUnknown } from './truth.ts';
import type { Verdict } from './verdict.ts';

/** Puts the cluster's truth and, in monitor mode, the application's answer into one verdict. */
export class Probe {
  readonly #truth: Truth;
  readonly #monitor: Monitor | undefined;
  readonly #now: () => number;
  /** What was said last, and since when that is so. */
  #last: { up: boolean; since: number } | undefined;
  #started = false;

  constructor(settings: Settings, report: (problem: Error) => void, now: () => number = Date.now) {
    this.#truth = new Truth(settings);
    this.#monitor = settings.mode === 'monitor' ? new Monitor(settings, report) : undefined;
    this.#now = now;
  }

  /** @param req the probe, if it is an HTTP request. Never rejects: what cannot be found out is down. */
  async verdict(req?: IncomingMessage): Promise<Verdict> {
    let found: Found;
    try {
      found = await this.#truth.report();
    } catch (error) {
      return { up: false, since: this.#since(false), reasons: [whyUnknown(error)], alone: false };
    }
    return this.#judge(found, req);
  }

  /** Rejects when it is not known whether the mark was set. */
  async mark(mark: Mark, by: string, req: IncomingMessage): Promise<Verdict> {
    return this.#judge(await this.#truth.mark(mark, by), req);
  }

  /** Whether the first generation has warmed up, be it long ago. */
  async started(): Promise<boolean> {
    if (!this.#started) {
      this.#started = await this.#truth.report().then(
        ({ report }) => report.phase !== 'starting',
        // Unknown is not started; the next probe asks again.
        () => false,
      );
    }
    return this.#started;
  }

  close(): void {
    this.#monitor?.close();
  }

  async #judge({ report, alone }: Found, req: IncomingMessage | undefined): Promise<Verdict> {
    const finding = report.up ? await this.#monitor?.ask(report.address, alone ? req : undefined) : undefined;
    const up = report.up && finding === undefined;
    const since = this.#since(up, report);
    return { up, since, reasons: finding === undefined ? report.reasons : [finding], report, alone };
  }

  /** The cluster knows since when; but what its application answers, and its silence, only this process sees. */
  #since(up: boolean, report?: TrafficReport): number {
    if (report && !this.#monitor) this.#last = { up, since: report.since };
    else if (this.#last?.up !== up) this.#last = { up, since: this.#now() };
    return this.#last.since;
  }
}

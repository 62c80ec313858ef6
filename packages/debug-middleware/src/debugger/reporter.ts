import type { DebugLease, DebugReport } from '@troupe/ipc';
import type { Bus } from '../options.ts';

/** How often a master is told that somebody is there, ms; it forgets those of whom it hears nothing for three times that. */
const PERIOD = 5_000;

/** A session as its reporter sees it. */
export interface Reported {
  readonly paused: boolean;
  /** The lease is over. */
  end(why: string): void;
}

/** Tells the master what goes on in the sessions of this process with one worker. */
export class Reporter {
  readonly #bus: Bus;
  readonly #pid: number;
  readonly #sessions = new Set<Reported>();
  #timer: NodeJS.Timeout | undefined;
  #active = true;

  constructor(bus: Bus, pid: number) {
    this.#bus = bus;
    this.#pid = pid;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  add(session: Reported): void {
    this.#sessions.add(session);
    this.#timer ??= setInterval(() => this.tell(), PERIOD).unref();
    this.tell();
  }

  remove(session: Reported): void {
    if (!this.#sessions.delete(session)) return;
    if (this.#sessions.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    this.tell();
  }

  /** The person has done something; it is told with the next report. */
  noteActivity(): void {
    this.#active = true;
  }

  tell(): void {
    const report: DebugReport = {
      pid: this.#pid,
      sessions: this.#sessions.size,
      paused: [...this.#sessions].some(({ paused }) => paused),
      active: this.#active,
    };
    this.#active = false;
    this.#bus.request('master', 'debug.report', report).catch((problem: unknown) => {
      this.#endAll(problem instanceof Error ? problem.message : String(problem));
    });
  }

  /** What the master says of all leases; this worker's may not be among them any more. */
  heed(leases: readonly DebugLease[]): void {
    if (!leases.some(({ pid }) => pid === this.#pid)) this.#endAll('debugging has ended');
  }

  #endAll(why: string): void {
    for (const session of this.#sessions) session.end(why);
  }
}

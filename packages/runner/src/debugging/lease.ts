import type { DebugLease, DebugReport } from '@troupe/ipc';

/** How long a lease waits for a debugger to come (back), ms: a page may be loaded again, a network may be lost. */
export const GRACE = 60_000;
/** A debugger that has not reported for this long is not there any more, ms; they report every 5 s. */
export const REPORT_LIFETIME = 15_000;

/** What does not change. */
type Given = Omit<DebugLease, 'state' | 'until' | 'sessions' | 'paused'>;

/** One lease: what debuggers report of it, and when it ends by itself. Times in ms since the epoch. */
export class Lease {
  readonly #given: Given;
  readonly #idle: number;
  readonly #reports = new Map<number, DebugReport & { at: number }>();
  #state: DebugLease['state'] = 'preparing';
  /** When the person last did something. */
  #active: number;
  /** When a debugger was last there, or could have come first. */
  #seen: number;

  /** @param idle for how long nothing may happen, ms */
  constructor(given: Given, idle: number) {
    this.#given = given;
    this.#idle = idle;
    this.#active = given.since;
    this.#seen = given.since;
  }

  become(state: DebugLease['state'], now: number): void {
    this.#state = state;
    this.touch(now);
  }

  /** The person has done something. */
  touch(now: number): void {
    this.#active = now;
    this.#seen = now;
  }

  /** @param from the pid of the process that the debugger is in */
  report(report: DebugReport, from: number, now: number): void {
    if (report.active) this.#active = now;
    if (report.sessions > 0) this.#reports.set(from, { ...report, at: now });
    else this.#reports.delete(from);
    this.#seen = now;
  }

  at(now: number): DebugLease {
    const reports = this.#current(now);
    return {
      ...this.#given,
      state: this.#state,
      until: this.#until(now),
      sessions: reports.reduce((sum, { sessions }) => sum + sessions, 0),
      paused: reports.some(({ paused }) => paused),
    };
  }

  /** What is being prepared has limits of its own. */
  isOver(now: number): boolean {
    return this.#state !== 'preparing' && this.#until(now) <= now;
  }

  #until(now: number): number {
    const idle = this.#active + this.#idle;
    return this.#current(now).length > 0 ? idle : Math.min(idle, this.#seen + GRACE);
  }

  #current(now: number): DebugReport[] {
    for (const [from, { at }] of this.#reports) {
      if (at + REPORT_LIFETIME > now) continue;
      this.#reports.delete(from);
      this.#seen = Math.max(this.#seen, at);
    }
    return [...this.#reports.values()];
  }
}

import { rm } from 'node:fs/promises';
import { type Client, type DebugLease, type DebugReport, type Deferred, deferred } from '@troupe/ipc';
import { RunnerError } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { Supervision } from '../master/supervise.ts';
import type { State, Worker } from '../supervisor/state.ts';
import { applicationRoot } from './application-root.ts';
import { Lease } from './lease.ts';
import { agentAnswers, releaseWorker } from './release.ts';
import { debugSockets } from './sockets.ts';

/** How long a worker may take to open its sockets, ms. One that is busy for longer may have an agent on standby. */
const OPEN_TIMEOUT = 2_000;
/** How long a worker that was let go may take to say so, ms. */
const RESUME_TIMEOUT = 2_000;
/** How long the clients of a worker that stands aside may take to go, ms. */
const SHED_TIMEOUT = 5_000;
/** How often it is looked which leases are over, ms. */
const SWEEP_PERIOD = 1_000;

export interface LeasesOptions {
  supervision: Pick<Supervision, 'dispatch' | 'idOf' | 'pidOf' | 'state'>;
  client: Client;
  log: Pick<Log, 'info' | 'warn'>;
  /** The path of the bus. */
  socket: string;
  /** Whether workers may be debugged at all. */
  enabled: boolean;
  /** For how long nothing may happen, ms. */
  idle: number;
}

type Kind = Pick<DebugLease, 'fresh' | 'aside' | 'by'>;

/** Who debugs which worker: each lease begins, is kept, and ends here. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #leases = new Map<number, Lease>();
  /** Those that are being prepared, by pid. */
  readonly #opening = new Map<number, Promise<DebugLease>>();
  /** What has to become of a worker, by the supervisor's number of it. */
  readonly #awaited = new Map<number, { done: (worker: Worker) => boolean; settled: Deferred<void> }>();
  readonly #root = applicationRoot();
  readonly #sweeper: NodeJS.Timeout;
  readonly #handlers: (() => void)[];

  constructor(options: LeasesOptions) {
    this.#options = options;
    const { client } = options;
    this.#handlers = [
      client.handle('debug.leases', () => this.all()),
      client.handle('debug.begin', ({ pid, aside, by }) => this.begin(pid, aside, by)),
      client.handle('debug.fresh', ({ by }) => this.fresh(by)),
      client.handle('debug.run', ({ pid }) => this.run(pid)),
      client.handle('debug.extend', ({ pid }) => this.extend(pid)),
      client.handle('debug.report', (report, from) => this.#report(report, from)),
      client.handle('debug.end', async ({ pid, next }) => {
        this.#get(pid);
        await this.end(pid, next);
        return undefined;
      }),
    ];
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_PERIOD).unref();
  }

  all(): DebugLease[] {
    const now = Date.now();
    return [...this.#leases.values()].map(lease => lease.at(now));
  }

  /** @throws TROUPE_ERR_DEBUG_OFF, TROUPE_ERR_NO_WORKER, TROUPE_ERR_NOT_DEBUGGABLE */
  async begin(pid: number, aside: boolean, by: string): Promise<DebugLease> {
    this.#check();
    const known = this.#leases.get(pid);
    if (known) return this.#opening.get(pid) ?? known.at(Date.now());
    const id = this.#options.supervision.idOf(pid);
    if (id === undefined) throw new RunnerError('TROUPE_ERR_NO_WORKER', `${pid} is no worker of this cluster`);
    return this.#open(pid, { fresh: false, aside, by }, async () => {
      const standsAside = aside ? this.#until(id, worker => worker.aside) : undefined;
      this.#options.supervision.dispatch({ type: 'debug', id, aside });
      const [answers] = await Promise.all([this.#openSockets(pid), standsAside]);
      if (aside && answers) await this.#shed(pid);
    });
  }

  /** @throws TROUPE_ERR_DEBUG_OFF, TROUPE_ERR_NOT_SERVING, TROUPE_ERR_NOT_DEBUGGABLE */
  async fresh(by: string): Promise<DebugLease> {
    this.#check();
    const { supervision, client } = this.#options;
    const id = supervision.state.nextId;
    supervision.dispatch({ type: 'debug-fresh' });
    const pid = supervision.pidOf(id);
    if (pid === undefined) throw new RunnerError('TROUPE_ERR_NOT_DEBUGGABLE', 'no further worker could be forked');
    return this.#open(pid, { fresh: true, aside: true, by }, async () => {
      await this.#until(id, worker => worker.state !== 'forked');
      await client.request(pid, 'worker.debug', undefined);
    });
  }

  /** @throws TROUPE_ERR_NOT_DEBUGGED */
  async run(pid: number): Promise<DebugLease> {
    const lease = this.#get(pid);
    await this.#options.client.request(pid, 'worker.run', undefined);
    lease.become('open', Date.now());
    return this.#changed(lease);
  }

  /** It has all its time again. @throws TROUPE_ERR_NOT_DEBUGGED */
  extend(pid: number): DebugLease {
    const lease = this.#get(pid);
    lease.touch(Date.now());
    return this.#changed(lease);
  }

  /** Lets the worker go on, whatever it does, and returns it to rotation or has it leave. */
  async end(pid: number, next: 'return' | 'leave' | 'stay', why = 'it was asked for'): Promise<void> {
    const lease = this.#leases.get(pid);
    if (!lease) return;
    const { fresh, state, agent } = lease.at(Date.now());
    this.#leases.delete(pid);
    await releaseWorker(agent);
    const runs = await this.#goesOn(pid);
    const id = this.#options.supervision.idOf(pid);
    const stays = next !== 'leave' && (runs || next === 'stay') && !(fresh && state === 'waiting');
    if (id !== undefined) {
      this.#options.supervision.dispatch({ type: 'undebug', id, next: stays ? 'return' : 'leave' });
    }
    const what =
      next === 'stay' ? 'stays as it is' : stays ? 'returns' : runs ? 'leaves' : 'does not answer, and is replaced';
    this.#options.log.info(`worker ${pid} is debugged no longer (${why}): it ${what}`);
    this.#changed();
  }

  /** The workers may have changed: some are aside now, some are gone. */
  workersChanged(state: State): void {
    for (const [id, { done, settled }] of this.#awaited) {
      const worker = state.workers.find(each => each.id === id);
      if (!worker || worker.state === 'retiring') settled.reject(notDebuggable('it is gone, or leaves'));
      else if (done(worker)) settled.resolve();
    }
    for (const [pid, lease] of this.#leases) {
      if (state.workers.some(worker => worker.pid === pid)) continue;
      this.#leases.delete(pid);
      if (state.phase === 'serving') this.#options.log.warn(`worker ${pid} ended while somebody debugged it`);
      const { agent, door } = lease.at(Date.now());
      for (const socket of [agent, door]) void rm(socket, { force: true });
      this.#changed();
    }
  }

  /** No successor could be brought up. */
  notReplaced(id: number, problem: string): void {
    this.#awaited.get(id)?.settled.reject(notDebuggable(`no successor can take its place: ${problem}`));
  }

  /** The cluster stops: nobody waits for a debugger. */
  releaseAll(): void {
    for (const { agent } of this.all()) void releaseWorker(agent);
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const remove of this.#handlers) remove();
  }

  // ── How one begins ──────────────────────────────────────────────────────────────────────────────────────────────

  #open(pid: number, kind: Kind, prepare: () => Promise<void>): Promise<DebugLease> {
    const sockets = debugSockets(this.#options.socket, pid);
    const lease = new Lease({ pid, ...kind, ...sockets, root: this.#root, since: Date.now() }, this.#options.idle);
    this.#leases.set(pid, lease);
    this.#changed();
    const opening = this.#prepare(lease, pid, kind, prepare).finally(() => this.#opening.delete(pid));
    this.#opening.set(pid, opening);
    return opening;
  }

  async #prepare(lease: Lease, pid: number, kind: Kind, prepare: () => Promise<void>): Promise<DebugLease> {
    try {
      await prepare();
    } catch (error) {
      await this.end(pid, kind.fresh ? 'leave' : 'return', 'it could not begin');
      throw error;
    }
    lease.become(kind.fresh ? 'waiting' : 'open', Date.now());
    this.#options.log.info(`worker ${pid} is debugged by ${kind.by}`, { aside: kind.aside, fresh: kind.fresh });
    return this.#changed(lease);
  }

  #until(id: number, done: (worker: Worker) => boolean): Promise<void> {
    const settled = deferred<void>();
    this.#awaited.set(id, { done, settled });
    return settled.promise.finally(() => this.#awaited.delete(id));
  }

  /** @returns false when only its agent answers: its main thread is busy, or stands still. */
  async #openSockets(pid: number): Promise<boolean> {
    try {
      await this.#options.client.request(pid, 'worker.debug', undefined, { timeout: OPEN_TIMEOUT });
      return true;
    } catch (cause) {
      if (await agentAnswers(debugSockets(this.#options.socket, pid).agent)) return false;
      throw notDebuggable(
        'it does not answer, and has no agent on standby; debug.standby: true keeps one in each worker, for 10 MB',
        cause,
      );
    }
  }

  /** Its clients would wait at its breakpoints. What takes longer is taken into the bargain. */
  async #shed(pid: number): Promise<void> {
    try {
      await this.#options.client.request(pid, 'worker.shed', undefined, { timeout: SHED_TIMEOUT });
    } catch (error) {
      this.#options.log.warn(`worker ${pid} still has clients, who will wait at its breakpoints`, { err: error });
    }
  }

  // ── How it is kept, and ends ────────────────────────────────────────────────────────────────────────────────────

  #report(report: DebugReport, from: number): DebugLease {
    const lease = this.#get(report.pid);
    const now = Date.now();
    const before = lease.at(now);
    lease.report(report, from, now);
    const after = lease.at(now);
    if (before.sessions !== after.sessions || before.paused !== after.paused) this.#changed();
    return after;
  }

  async #goesOn(pid: number): Promise<boolean> {
    try {
      await this.#options.client.request(pid, 'worker.undebug', undefined, { timeout: RESUME_TIMEOUT });
      return true;
    } catch {
      // Whatever keeps it from answering, it is of no use any more.
      return false;
    }
  }

  #sweep(): void {
    const now = Date.now();
    for (const [pid, lease] of this.#leases) {
      if (lease.isOver(now)) void this.end(pid, lease.at(now).fresh ? 'leave' : 'return', 'nobody is there any more');
    }
  }

  #check(): void {
    const { enabled, supervision } = this.#options;
    if (!enabled) {
      const message =
        'debugging is off: set debug.enable, and in production monToken, without which nobody could be let in';
      throw new RunnerError('TROUPE_ERR_DEBUG_OFF', message);
    }
    const { phase } = supervision.state;
    if (phase === 'serving') return;
    throw new RunnerError(
      'TROUPE_ERR_NOT_SERVING',
      `nobody can debug a cluster that is ${phase}; wait until it serves`,
    );
  }

  #get(pid: number): Lease {
    const lease = this.#leases.get(pid);
    if (lease) return lease;
    throw new RunnerError('TROUPE_ERR_NOT_DEBUGGED', `nobody debugs ${pid}, or not any more; begin anew`);
  }

  #changed(): undefined;
  #changed(lease: Lease): DebugLease;
  #changed(lease?: Lease): DebugLease | undefined {
    this.#options.client.emit('master', 'debug-leases', [this.all()]);
    return lease?.at(Date.now());
  }
}

function notDebuggable(why: string, cause?: unknown): RunnerError {
  return new RunnerError('TROUPE_ERR_NOT_DEBUGGABLE', `this worker cannot be debugged now: ${why}`, { cause });
}

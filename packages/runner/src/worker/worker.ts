import cluster from 'node:cluster';
import type { Server } from 'node:net';
import { type Client, connect, deferred, emitter, type Failure, SOCKET_VARIABLE, type WorkerStage } from '@troupe/ipc';
import { acceptThroughMaster } from '../accept/accept-worker.ts';
import { FELL_BACK } from '../accept/messages.ts';
import type { Assignment } from '../assignment.ts';
import { agentStandsBy } from '../debugging/enabled.ts';
import { createLog, type Log } from '../log/log.ts';
import { RecentLines } from '../log/recent-lines.ts';
import { masterSide } from '../options/master-side.ts';
import { type Settings, settle } from '../options/settle.ts';
import type { Resolved } from '../resolved.ts';
import { Debuggee } from './debuggee.ts';
import { OtherServers } from './other-servers.ts';
import type { Reports } from './reports.ts';
import { handleWorkerSignals } from './signals.ts';
import { type Stage, type Stages, serve, work } from './stages.ts';
import { Uncaught } from './uncaught.ts';

/** How long a failing worker waits for the master to take note of its failure, ms. */
const REPORT_TIMEOUT = 1_000;
/** How long after the master knows that it serves a worker begins to say how it is, ms: not while others still start. */
const REPORTS_DELAY = 100;
/** The longest delay that Node's timers can hold, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * One worker: goes through its stages, tells the master of each, and leaves when told to, or when the master is lost.
 * How the master sees it is in `master/worker-handle.ts`.
 */
export class Worker {
  readonly #settings: Settings;
  readonly #assignment: Assignment;
  readonly #log: Log;
  readonly #client: Client = connect();
  #stage: WorkerStage;
  #stages: Stages | undefined;
  readonly #uncaught = new Uncaught();
  readonly #debuggee: Debuggee;
  readonly #others = new OtherServers();
  #unlistens = false;
  #paused = false;
  readonly #reportsDue = deferred<void>();
  #reports: Promise<Reports> | undefined;
  #leaving: Promise<void> | undefined;

  constructor(code: unknown, assignment: Assignment) {
    const settings = settle(code, assignment.flags);
    // Whoever sets breakpoints takes his time.
    this.#settings = assignment.waits ? { ...settings, warmUpTimeout: LONGEST_TIMER } : settings;
    this.#assignment = assignment;
    const recentLines = new RecentLines();
    this.#log = recentLines.of(createLog(this.#settings, this.#reportsDue.promise));
    recentLines.serve(this.#client);
    this.#debuggee = new Debuggee({
      client: this.#client,
      log: this.#log,
      bus: process.env[SOCKET_VARIABLE] ?? '',
      standby: agentStandsBy(this.#settings),
      served: () => this.#stages,
    });
    this.#stage = { id: assignment.id, state: 'configuring', shared: masterSide(this.#settings) };
  }

  async start(kind: 'listen' | 'run'): Promise<Resolved> {
    if (!acceptThroughMaster(server => this.#others.add(server))) this.#log.warn(FELL_BACK);
    this.#listenToMaster();
    this.#tell({});
    if (this.#assignment.waits) await this.#debuggee.told;
    // Warming up may block the event loop: the master has to know before, or it could not say what hangs.
    const warming = async () => {
      await this.#client.ready();
      await this.#tell({ state: 'warming' });
    };
    const created = (server: Server) => this.#others.except(server);
    const warm = async () => {
      if (this.#assignment.autopsy) await this.#examine();
    };
    const perform = <T>(stage: Stage, action: () => T | Promise<T>) => this.#perform(stage, action);
    this.#stages =
      kind === 'listen'
        ? await serve(this.#settings, this.#assignment, perform, { created, warming, warm })
        : await work(this.#settings, perform, { warming, warm });
    const { app, server, address } = this.#stages;
    emitter.emit(`worker-${process.pid}-warmup`);
    if (address) emitter.emit(`worker-${process.pid}-listening`, address);
    this.#tell({ state: 'ready', address });
    if (!this.#leaving) this.#beginToReport(this.#stages);
    server?.once('close', () => this.#haveReplaced('its application has closed its server'));
    await this.#debuggee.serves();
    if (agentStandsBy(this.#settings)) this.#debuggee.standBy();
    return {
      server: server ?? null,
      app,
      port: address?.port ?? address?.path,
      master: null,
      worker: { pid: process.pid },
    };
  }

  #listenToMaster(): void {
    this.#client.handle('worker.unlisten', async () => {
      this.#unlistens = true;
      this.#stages?.departure?.unlisten();
      return undefined;
    });
    this.#client.handle('worker.leave', async ({ autopsy }) => {
      this.#leave('the master asked for it', autopsy);
      return undefined;
    });
    // The master takes it out of rotation, and tells all. Not through the emitter: the application may remove all of its listeners.
    this.#client.onEvent(`worker-${process.pid}-paused`, () => {
      this.#paused = true;
    });
    this.#client.onEvent(`worker-${process.pid}-resumed`, () => {
      this.#paused = false;
    });
    this.#client.on('connected', () => this.#tell({}));
    handleWorkerSignals(() => this.#terminate());
    cluster.worker?.on('disconnect', () => {
      // Without this a worker whose channel breaks exits at once, with requests in flight.
      if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
      this.#leave('the master is gone');
    });
  }

  /** What it says of itself is loaded when that is due, or asked for: no start waits for it. */
  #beginToReport(stages: Stages): void {
    const reports = this.#reportsDue.promise.then(() => this.#loadReports(stages));
    reports.catch((error: unknown) => this.#log.error('this worker cannot say how it is', { err: error }));
    this.#reports = reports;
    const asked = () => {
      this.#reportsDue.resolve();
      return reports;
    };
    this.#client.handle('worker.done', async () => (await asked()).done());
    this.#client.handle('worker.metrics', async () => {
      await (await asked()).tellMetrics();
      return undefined;
    });
  }

  async #loadReports(stages: Stages): Promise<Reports> {
    const { Reports } = await import('./reports.ts');
    return new Reports({
      client: this.#client,
      log: this.#log,
      settings: this.#settings,
      stages,
      uncaught: this.#uncaught,
      isPaused: () => this.#paused,
    });
  }

  /** What cannot be said now is said when the connection is there, and again after each reconnect. */
  async #tell(change: Partial<WorkerStage>): Promise<void> {
    this.#stage = { ...this.#stage, ...change };
    if (this.#client.state !== 'connected') return;
    const { state } = this.#stage;
    try {
      await this.#client.request('master', 'worker.stage', this.#stage);
      if (state === 'ready') setTimeout(() => this.#reportsDue.resolve(), REPORTS_DELAY).unref();
    } catch (error) {
      if (!this.#leaving) this.#log.warn(`the master did not hear that this worker is ${state}`, { err: error });
    }
  }

  async #perform<T>(stage: Stage, action: () => T | Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      await this.#reportFailure(stage, error);
      // Whoever waits for listen() in this process hears of it first.
      setImmediate(() => process.exit(1));
      throw error;
    }
  }

  async #reportFailure(stage: Stage, error: unknown): Promise<void> {
    emitter.emit(`worker-${process.pid}-warmup-failure`, error);
    const report = { id: this.#assignment.id, stage, error: toFailure(error) };
    try {
      await this.#client.request('master', 'worker.failed', report, { timeout: REPORT_TIMEOUT });
    } catch (unreported) {
      this.#log.error(`${stage} failed, and the master could not be told`, { err: error, unreported });
    }
  }

  /** The master decides: it replaces this worker, or is stopping anyway. A second SIGTERM, or one while leaving, ends it. */
  #terminate(): void {
    if (this.#leaving) process.exit(1);
    this.#client.request('master', 'worker.terminated', { id: this.#assignment.id }).catch(() => {
      this.#leave('SIGTERM, and the master does not answer');
    });
  }

  /** It serves nobody any more, and has not been told to leave. */
  #haveReplaced(reason: string): void {
    if (this.#leaving || this.#unlistens) return;
    this.#client
      .request('master', 'workers.retire', { pid: process.pid, reason })
      .catch((error: unknown) => this.#log.error(`${reason}, and the master does not know`, { err: error }));
  }

  #leave(why: string, autopsy = false): void {
    this.#leaving ??= this.#depart(why, autopsy).then(
      () => process.exit(0),
      (error: unknown) => {
        this.#log.error('this worker could not leave in order', { err: error });
        process.exit(1);
      },
    );
  }

  /** The master's limit comes first; this is for a master that does not answer. */
  #examine(): Promise<void> {
    return this.#debuggee.examine(this.#assignment.id, this.#settings.autopsy.timeout + REPORT_TIMEOUT);
  }

  async #depart(why: string, autopsy: boolean): Promise<void> {
    this.#log.debug(`worker ${process.pid} leaves: ${why}`);
    this.#reportsDue.resolve();
    // That they could not be loaded has been logged.
    const reports = await this.#reports?.catch(() => undefined);
    reports?.stopBeating();
    const { app, server, departure } = this.#stages ?? {};
    const shutDown = this.#stages && this.#settings.shutDown;
    await Promise.all([departure?.leave(), this.#others.leave(), shutDown?.(app as never, server)]);
    if (autopsy) await this.#examine();
    await reports?.tellCounters();
    await this.#client.close();
  }
}

function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'TROUPE_ERR_STAGE_FAILED', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'TROUPE_ERR_STAGE_FAILED';
  return { code, message: error.message, stack: error.stack };
}

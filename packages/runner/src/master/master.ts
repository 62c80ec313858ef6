import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Traffic } from '@troupe/ecv-middleware/host';
import { type Client, deferred, onReport } from '@troupe/ipc';
import { AcceptMaster } from '../accept/accept-master.ts';
import { FELL_BACK } from '../accept/messages.ts';
import { RunnerError } from '../errors.ts';
import { announce } from '../lifecycle.ts';
import { createLog, type Log } from '../log/log.ts';
import { RecentLines } from '../log/recent-lines.ts';
import { resolveOptions } from '../options/resolve.ts';
import type { Settings } from '../options/settle.ts';
import type { Resolved } from '../resolved.ts';
import { readyWorkers } from '../supervisor/state.ts';
import { type Bus, openBus } from './bus.ts';
import { CacheService } from './cache.ts';
import { Closers } from './closers.ts';
import type { MasterHandle } from './handle.ts';
import { LateRoutes } from './late-routes.ts';
import { LostConnections } from './lost-connections.ts';
import { configureMonitor, type Monitor, serveMonitor } from './monitor.ts';
import type { Operations } from './operations.ts';
import { checkAddress } from './preflight.ts';
import { handleMasterSignals } from './signals.ts';
import { toStartError } from './start-error.ts';
import { createTraffic } from './traffic.ts';
import { Workforce } from './workforce.ts';

/** How long the second signal waits for files and sockets to be removed, ms. */
const GIVE_UP_TIMEOUT = 500;

/**
 * The master: brings the parts of a cluster up in their order, and takes them down again. What happens to workers is
 * the workforce's.
 */
export class Master {
  readonly #kind: 'listen' | 'run';
  readonly #settings: Settings;
  readonly #flags: Record<string, unknown>;
  readonly #recentLines = new RecentLines();
  readonly #log: Log;
  readonly #closers: Closers;
  readonly #started = deferred<void>();
  readonly #gone = deferred<void>();
  readonly #accept: AcceptMaster;
  #bus: Bus | undefined;
  #traffic: Traffic | undefined;
  #routes: LateRoutes | undefined;
  #cache: CacheService | undefined;
  #workforce: Workforce | undefined;
  #failure: RunnerError | undefined;
  #ending: Promise<void> | undefined;

  /** @throws OptionsError */
  static async create(kind: 'listen' | 'run', code: object): Promise<Master> {
    const { settings, flags } = await resolveOptions(kind, code, process.argv.slice(2));
    return new Master(kind, settings, flags);
  }

  private constructor(kind: 'listen' | 'run', settings: Settings, flags: Record<string, unknown>) {
    this.#kind = kind;
    this.#settings = settings;
    this.#flags = flags;
    this.#log = this.#recentLines.of(createLog(settings, this.#started.promise));
    this.#closers = new Closers(error => this.#log.error('something could not be closed', { err: error }));
    const lost = new LostConnections(this.#log);
    this.#accept = new AcceptMaster(
      settings.acceptWait,
      (reason, connections) => lost.add(reason, connections),
      () => this.#log.warn(FELL_BACK),
    );
    this.#closers.add(() => lost.close());
    this.#closers.add(() => this.#accept.close());
  }

  /** The order is a promise: docs/lifecycle.md. */
  async start(): Promise<Resolved> {
    try {
      // A signal ends the start at whatever point it has reached.
      const [resolved] = await Promise.all([this.#bringUp(), this.#started.promise]);
      return resolved;
    } catch (error) {
      await this.#closers.close();
      throw error;
    }
  }

  #shutdown(): Promise<void> {
    this.#ending ??= this.#end(this.#settings.drainDelay);
    return this.#ending;
  }

  #stop(): Promise<void> {
    this.#ending ??= this.#end(0);
    this.#workforce?.killAll();
    return this.#ending;
  }

  // ── Coming up ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #bringUp(): Promise<Resolved> {
    // First come, last gone: a signal that falls into the end must not end this process half-way.
    this.#closers.add(
      handleMasterSignals({
        shutDown: signal => this.#shutDownBy(signal),
        giveUp: signal => this.#giveUp(signal),
        reload: signal => this.#reloadBy(signal),
      }),
    );
    this.#closers.add(onReport(error => this.#log.warn(error.message, { err: error })));
    const { port, host } = this.#settings;
    const [bus] = await Promise.all([this.#openBus(), this.#kind === 'listen' && checkAddress('port', port, host)]);
    const monitor = await this.#openMonitor(bus);
    const workforce = await this.#recruit(bus);
    const { server, app, port: monPort } = monitor;
    const master = this.#handle(bus, workforce.operations);
    return { server, app, port: monPort, master, worker: null };
  }

  async #openBus(): Promise<Bus> {
    const bus = await openBus(this.#closers);
    this.#bus = bus;
    const { traffic, close } = await createTraffic(this.#settings, bus.client, this.#log);
    this.#closers.add(close);
    this.#closers.add(this.#answer(bus.client));
    this.#closers.add(this.#recentLines.serve(bus.client));
    this.#traffic = traffic;
    this.#cache = CacheService.serve(this.#settings, bus, this.#log, this.#closers);
    return bus;
  }

  async #openMonitor({ client, socket }: Bus): Promise<Monitor> {
    const app = await configureMonitor(this.#settings);
    announce('master:monitor-configured');
    const routes = await LateRoutes.prepare(this.#settings, client, this.#log, this.#closers);
    this.#routes = routes;
    const monitor = await serveMonitor(this.#settings, app, [routes.middleware]);
    this.#closers.add(() => monitor.close());
    announce('master:monitor-listening');
    this.#log.info(`monitor listens on port ${monitor.port}`, { port: monitor.port, socket });
    return monitor;
  }

  async #recruit(bus: Bus): Promise<Workforce> {
    const workforce = await Workforce.prepare({
      ...bus,
      settings: this.#settings,
      flags: this.#flags,
      log: this.#log,
      closers: this.#closers,
      accept: this.#accept,
      started: () => this.#up(),
      startFailed: failure => {
        this.#failure = toStartError(this.#kind, failure, this.#settings.startTimeout);
      },
      stopped: () => this.#down(),
      isUp: () => this.#traffic?.report().up ?? false,
      isEnding: () => this.#ending !== undefined,
      changed: (state, address) => {
        if (address) this.#traffic?.listening(address);
        this.#traffic?.workers(readyWorkers(state).length, state.wanted);
      },
    });
    this.#workforce = workforce;
    announce('master:forking');
    if (this.#ending) workforce.stop();
    else workforce.start();
    return workforce;
  }

  #handle({ socket }: Bus, operations: Operations): MasterHandle {
    return {
      pid: process.pid,
      socket,
      workers: () => operations.workers(),
      exits: () => operations.exits(),
      pause: pids => operations.pause(pids),
      resume: pids => operations.resume(pids),
      retire: (pid, reason = 'the program asked for it') => operations.retire(pid, reason),
      reload: () => operations.reload(),
      scale: wanted => operations.scale(wanted),
      shutdown: () => this.#shutdown(),
      stop: () => this.#stop(),
    };
  }

  #up(): void {
    announce('master:workers-ready');
    this.#traffic?.serving();
    announce('master:ecv-up');
    const { address } = this.#workforce ?? {};
    const where = address ? ` on ${address.path ?? `port ${address.port}`}` : '';
    this.#log.info(`${this.#settings.noWorkers} workers are ready${where}`, { address });
    this.#started.resolve();
    this.#routes?.loadSoon();
    setImmediate(() => this.#sweep());
    if (!this.#ending) this.#cache?.startSoon();
  }

  #sweep(): void {
    this.#bus
      ?.sweep()
      .catch((error: unknown) => this.#log.warn('what dead masters left could not be removed', { err: error }));
  }

  // ── Going down ──────────────────────────────────────────────────────────────────────────────────────────────────

  async #end(drainDelay: number): Promise<void> {
    this.#traffic?.stopping();
    announce('master:stopping');
    this.#cache?.startNoMore();
    if (drainDelay > 0) await delay(drainDelay);
    await this.#accept.close();
    if (this.#workforce) this.#workforce.stop();
    else this.#down();
    await this.#gone.promise;
    announce('master:stopped');
    await this.#closers.close();
  }

  /** The last worker is gone. */
  #down(): void {
    const stopped = new RunnerError(
      'TROUPE_ERR_STOPPED',
      'the cluster was stopped before all of its workers were ready',
    );
    this.#started.reject(this.#failure ?? stopped);
    this.#gone.resolve();
  }

  #shutDownBy(signal: NodeJS.Signals): void {
    this.#log.info(`${signal}: shutting down`);
    void this.#shutdown().then(() => {
      this.#log.info('every process of the cluster has ended');
      process.exit(0);
    });
  }

  #reloadBy(signal: NodeJS.Signals): void {
    this.#log.info(`${signal}: reloading`);
    this.#workforce?.operations.reload().catch((error: unknown) => {
      // What has come of it is logged with the other outcomes.
      if (error instanceof RunnerError && error.code === 'TROUPE_ERR_RELOAD_FAILED') return;
      this.#log.error(`${signal} came to nothing`, { err: error });
    });
  }

  #giveUp(signal: NodeJS.Signals): void {
    this.#log.warn(`${signal} again: ending at once`);
    this.#workforce?.killAll();
    const exit = () => process.exit(128 + constants.signals[signal]);
    setTimeout(exit, GIVE_UP_TIMEOUT);
    void this.#closers.close().then(exit);
  }

  /** The end of the cluster may be asked for over the bus too. */
  #answer(client: Client): () => void {
    return client.handle('cluster.stop', ({ immediate }) => {
      this.#log.info(`cluster.stop: ${immediate ? 'ending at once' : 'shutting down'}`);
      // Answered first: the bus is among what ends.
      setImmediate(() => void (immediate ? this.#stop() : this.#shutdown()).then(() => process.exit(0)));
      return undefined;
    });
  }
}

import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Traffic } from '@troupe/ecv-middleware';
import { type AuditEntry, configureDefaultGuard, defaultGuard, type Guard } from '@troupe/guard';
import { Broker, type Client, createRunDirectory, deferred, onReport, SOCKET_VARIABLE } from '@troupe/ipc';
import { AcceptMaster } from '../accept/accept-master.ts';
import { RunnerError } from '../errors.ts';
import { announce } from '../lifecycle.ts';
import { createLog, type Log } from '../log/log.ts';
import { difference, masterSide } from '../options/master-side.ts';
import { withoutEffect } from '../options/not-yet.ts';
import { resolveOptions } from '../options/resolve.ts';
import type { Settings } from '../options/settle.ts';
import type { Resolved } from '../resolved.ts';
import { readyWorkers, type State } from '../supervisor/state.ts';
import { Closers } from './closers.ts';
import { createProbe, createTraffic } from './ecv.ts';
import { ExitLog, toExit } from './exit-log.ts';
import { fork } from './fork.ts';
import type { MasterHandle } from './handle.ts';
import { configureMonitor, type Middleware, type Monitor, serveMonitor } from './monitor.ts';
import { Operations } from './operations.ts';
import { logOutcome } from './outcome-log.ts';
import { PidFiles } from './pid-files.ts';
import { checkAddress } from './preflight.ts';
import { Reloads } from './reloads.ts';
import { handleMasterSignals } from './signals.ts';
import { toStartError } from './start-error.ts';
import { type Outcome, Supervision } from './supervise.ts';
import { Vitals } from './vitals.ts';
import { WorkerEnvironment } from './worker-environment.ts';

/** How long the second signal waits for files and sockets to be removed, ms. */
const GIVE_UP_TIMEOUT = 500;

/**
 * The master: brings the parts of a cluster up in their order, and takes them down again. What happens to workers is
 * the supervisor's; see `supervise.ts`.
 */
export class Master {
  readonly #kind: 'listen' | 'run';
  readonly #environment: WorkerEnvironment;
  readonly #settings: Settings;
  readonly #flags: Record<string, unknown>;
  readonly #log: Log;
  readonly #closers: Closers;
  readonly #started = deferred<void>();
  readonly #gone = deferred<void>();
  readonly #accept: AcceptMaster;
  #socket = '';
  #traffic: Traffic | undefined;
  readonly #reloads = new Reloads();
  readonly #exits = new ExitLog();
  #supervision: Supervision | undefined;
  #operations: Operations | undefined;
  #failure: RunnerError | undefined;
  #ending: Promise<void> | undefined;

  /** @throws OptionsError */
  static async create(kind: 'listen' | 'run', code: object): Promise<Master> {
    const { settings, flags } = await resolveOptions(kind, code, process.argv.slice(2));
    const master = new Master(kind, settings, flags);
    const idle = withoutEffect(code, flags);
    if (idle.length > 0) master.#log.warn(`these options have no effect in this version: ${idle.join(', ')}`);
    return master;
  }

  private constructor(kind: 'listen' | 'run', settings: Settings, flags: Record<string, unknown>) {
    this.#kind = kind;
    this.#settings = settings;
    this.#flags = flags;
    this.#log = createLog(settings);
    this.#closers = new Closers(error => this.#log.error('something could not be closed', { err: error }));
    this.#environment = new WorkerEnvironment(settings.envFile);
    this.#accept = new AcceptMaster(settings.acceptWait);
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
    this.#supervision?.killAll();
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
    const [client] = await Promise.all([this.#openBus(), this.#kind === 'listen' && checkAddress('port', port, host)]);
    const monitor = await this.#openMonitor(client);
    const operations = await this.#superviseWith(client);
    return {
      server: monitor.server,
      app: monitor.app,
      port: monitor.port,
      master: this.#handle(operations),
      worker: null,
    };
  }

  async #openBus(): Promise<Client> {
    // A master that was itself started inside a cluster has one of its own from here on.
    delete process.env[SOCKET_VARIABLE];
    const directory = await createRunDirectory();
    this.#closers.add(() => directory.remove());
    const broker = await Broker.listen(directory.socket('bus'));
    this.#closers.add(() => broker.close());
    this.#socket = broker.path;
    const client = broker.join();
    const { traffic, close } = await createTraffic(this.#settings, client, this.#log);
    this.#closers.add(close);
    this.#traffic = traffic;
    return client;
  }

  async #openMonitor(client: Client): Promise<Monitor> {
    const settings = this.#settings;
    const app = await configureMonitor(settings);
    announce('master:monitor-configured');
    const monitor = await serveMonitor(settings, app, await this.#routes(client));
    this.#closers.add(() => monitor.close());
    announce('master:monitor-listening');
    this.#log.info(`monitor listens on port ${monitor.port}`, { port: monitor.port, socket: this.#socket });
    return monitor;
  }

  /** What Troupe itself serves on the monitor. */
  async #routes(client: Client): Promise<Middleware[]> {
    const guard = this.#configureGuard();
    const routes: Middleware[] = [];
    if (guard.handle) routes.push((req, res, next) => guard.handle?.(req, res, next));
    const probe = await createProbe(this.#settings, client, guard);
    if (probe) {
      this.#closers.add(() => probe.close());
      routes.push(probe);
    }
    return routes;
  }

  /** Every middleware of this process that is given no guard uses this one too. */
  #configureGuard(): Guard {
    const { guard, monToken, monTrustLoopback, monAllowedHosts, monHost } = this.#settings;
    configureDefaultGuard(
      guard ?? {
        token: monToken,
        trustLoopback: monTrustLoopback,
        allowedHosts: monAllowedHosts,
        addresses: () => (monHost === undefined ? [] : [monHost]),
        audit: (entry: AuditEntry) => this.#log.info(`audit: ${entry.who} ${entry.action}`, { audit: entry }),
      },
    );
    return defaultGuard();
  }

  async #superviseWith(client: Client): Promise<Operations> {
    const { noWorkers, startTimeout, warmUpTimeout, stopTimeout, gc, port, nanny, heartbeatInterval } = this.#settings;
    const pids = await this.#openPidFiles();
    await this.#environment.read();
    this.#environment.commit();
    const shared = masterSide(this.#settings);
    const isNext = (id: number) => {
      const { workers, generation } = supervision.state;
      return workers.some(worker => worker.id === id && worker.generation > generation);
    };
    // It is silent once a heartbeat is due that does not come.
    const tolerance = nanny.enable ? nanny.tolerance + heartbeatInterval : null;
    const birth = { socket: this.#socket, exposeGc: gc.explicit };
    const supervision = new Supervision({
      policy: { wanted: noWorkers, startTimeout, warmUpTimeout, stopTimeout, tolerance, canary: 0 },
      client,
      accept: this.#accept,
      log: this.#log,
      fork: (id, slot) => {
        const assignment = { id, slot, flags: this.#flags, ...(port === 0 && { port: supervision.address?.port }) };
        return fork(birth, assignment, this.#environment.variables(isNext(id)));
      },
      mismatch: (id, reloaded) => (isNext(id) ? difference(shared, reloaded) : null),
      outcome: outcome => this.#act(outcome),
      exited: ({ worker, state, code, signal }) => {
        const heartbeat = worker.pid === undefined ? undefined : vitals.take(worker.pid);
        this.#exits.add(toExit(worker, state, code, signal, heartbeat));
      },
      changed: state => {
        if (supervision.address) this.#traffic?.listening(supervision.address);
        this.#traffic?.workers(readyWorkers(state).length, state.wanted);
        pids?.workers(slotsOf(state));
      },
    });
    this.#supervision = supervision;
    const vitals = new Vitals({
      client,
      log: this.#log,
      settings: this.#settings,
      idOf: pid => supervision.idOf(pid),
      dispatch: input => supervision.dispatch(input),
    });
    this.#closers.add(() => vitals.close());
    const operations = new Operations(supervision, this.#reloads, this.#exits, this.#environment);
    this.#closers.add(operations.serve(client));
    this.#operations = operations;
    announce('master:forking');
    supervision.dispatch({ type: this.#ending ? 'stop' : 'start' });
    return operations;
  }

  async #openPidFiles(): Promise<PidFiles | undefined> {
    if (!this.#settings.pids) return undefined;
    const files = await PidFiles.create(this.#settings.pids, error =>
      this.#log.error('a pid file could not be written', { err: error }),
    );
    this.#closers.add(() => files.close());
    return files;
  }

  #handle(operations: Operations): MasterHandle {
    return {
      pid: process.pid,
      socket: this.#socket,
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

  /** What the supervisor has come to that is not about single processes. */
  #act(outcome: Outcome): void {
    logOutcome(outcome, this.#log, id => this.#supervision?.pidOf(id));
    switch (outcome.type) {
      case 'started':
        return this.#up();
      case 'start-failed':
        this.#failure = toStartError(this.#kind, outcome.failure, this.#settings.startTimeout);
        return;
      case 'stopped':
        return this.#down();
      case 'reload-begun':
        return this.#reloads.begun();
      case 'reload-committed':
        return this.#environment.commit();
      case 'reloaded':
      case 'reload-failed':
        return this.#reloads.ended(outcome, id => this.#supervision?.pidOf(id));
    }
  }

  #up(): void {
    announce('master:workers-ready');
    this.#traffic?.serving();
    announce('master:ecv-up');
    const { address } = this.#supervision ?? {};
    const where = address ? ` on ${address.path ?? `port ${address.port}`}` : '';
    this.#log.info(`${this.#settings.noWorkers} workers are ready${where}`, { address });
    this.#started.resolve();
  }

  // ── Going down ──────────────────────────────────────────────────────────────────────────────────────────────────

  async #end(drainDelay: number): Promise<void> {
    this.#traffic?.stopping();
    announce('master:stopping');
    if (drainDelay > 0) await delay(drainDelay);
    await this.#accept.close();
    if (this.#supervision) this.#supervision.dispatch({ type: 'stop' });
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
    this.#reloads.abandon();
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
    // What has come of it is logged with the other outcomes.
    this.#operations?.reload().catch((error: unknown) => this.#log.error(`${signal} came to nothing`, { err: error }));
  }

  #giveUp(signal: NodeJS.Signals): void {
    this.#log.warn(`${signal} again: ending at once`);
    this.#supervision?.killAll();
    const exit = () => process.exit(128 + constants.signals[signal]);
    setTimeout(exit, GIVE_UP_TIMEOUT);
    void this.#closers.close().then(exit);
  }
}

function slotsOf(state: State): Map<number, number> {
  const slots = new Map<number, number>();
  for (const { slot, pid, state: is } of state.workers) if (pid !== null && is !== 'retiring') slots.set(slot, pid);
  return slots;
}

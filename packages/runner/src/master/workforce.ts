import type { Address, Client, WorkerExit } from '@troupe/ipc';
import type { MetricsHost } from '@troupe/metrics-middleware/host';
import type { AcceptMaster } from '../accept/accept-master.ts';
import { Autopsies } from '../autopsy/autopsies.ts';
import { Watch } from '../canary/watch.ts';
import { debugEnabled } from '../debugging/enabled.ts';
import { Leases } from '../debugging/leases.ts';
import { RunnerError } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { ClusterFacts } from '../metrics/cluster-metrics.ts';
import { difference, masterSide } from '../options/master-side.ts';
import type { Settings } from '../options/settle.ts';
import { type StartFailure, type State, slotsOf } from '../supervisor/state.ts';
import type { Closers } from './closers.ts';
import { ExitCounts } from './exit-counts.ts';
import { type Exit, ExitLog, toExit } from './exit-log.ts';
import { fork } from './fork.ts';
import { Operations } from './operations.ts';
import { logOutcome } from './outcome-log.ts';
import { PidFiles } from './pid-files.ts';
import { Reloads } from './reloads.ts';
import { type Outcome, Supervision } from './supervise.ts';
import { Vitals } from './vitals.ts';
import { WorkerEnvironment } from './worker-environment.ts';

/** How long a worker may take to say what it has done while a new generation is on trial, ms. */
const ANSWER_TIMEOUT = 1_000;

/** What the workers are made of and for; and what the master hears of them as a whole. */
export interface Employer {
  settings: Settings;
  flags: Record<string, unknown>;
  log: Log;
  closers: Closers;
  client: Client;
  /** The bus's socket. */
  socket: string;
  accept: AcceptMaster;
  /** All first workers are ready. */
  started(): void;
  startFailed(failure: StartFailure): void;
  /** The last worker is gone. */
  stopped(): void;
  /** Whether traffic should come. */
  isUp(): boolean;
  /** Whether the cluster is about to end. */
  isEnding(): boolean;
  /** Something about the workers may have changed. */
  changed(state: State, address: Address | undefined): void;
}

/** All workers of the cluster, and what is kept and done about them: supervision, heartbeats, exits, reloads, pid files. */
export class Workforce {
  readonly operations: Operations;
  readonly #employer: Employer;
  readonly #supervision: Supervision;
  readonly #environment: WorkerEnvironment;
  readonly #reloads = new Reloads(() => this.#beginReload());
  #watch: Watch | undefined;
  readonly #exits = new ExitLog();
  readonly #exitCounts = new ExitCounts();
  readonly #vitals: Vitals;
  readonly #leases: Leases;
  readonly #autopsies: Autopsies;
  /** Nothing where it could not be loaded. */
  #metrics: Promise<MetricsHost | undefined> | undefined;
  readonly #pids: PidFiles | undefined;
  /** The options that a reload cannot change, as the master has them. */
  readonly #shared: Record<string, string>;

  /** Nothing is forked before {@link start}. @throws TROUPE_ERR_ENV_FILE */
  static async prepare(employer: Employer): Promise<Workforce> {
    const { settings, log, closers } = employer;
    const environment = new WorkerEnvironment(settings.envFile);
    await environment.read();
    environment.commit();
    const onError = (error: unknown) => log.error('a pid file could not be written', { err: error });
    const pids = settings.pids ? await PidFiles.create(settings.pids, onError) : undefined;
    closers.add(() => pids?.close());
    return new Workforce(employer, environment, pids);
  }

  private constructor(employer: Employer, environment: WorkerEnvironment, pids: PidFiles | undefined) {
    const { settings, log, client, accept, closers } = employer;
    this.#employer = employer;
    this.#environment = environment;
    this.#pids = pids;
    this.#shared = masterSide(settings);
    this.#supervision = new Supervision({
      policy: policyOf(settings),
      client,
      accept,
      log,
      fork: (id, slot, waits) => this.#fork(id, slot, waits),
      mismatch: (id, reloaded) => (this.#isNext(id) ? difference(this.#shared, reloaded) : null),
      outcome: outcome => this.#act(outcome),
      exited: exit => this.#record(exit),
      examined: id => this.#autopsies.wants(id),
      isEnding: () => employer.isEnding(),
      changed: state => this.#changed(state),
    });
    this.#autopsies = new Autopsies({
      client,
      log,
      socket: employer.socket,
      settings: settings.autopsy,
      state: () => this.#supervision.state,
      pidOf: id => this.#supervision.pidOf(id),
      kill: id => this.#supervision.kill(id),
    });
    closers.add(() => this.#autopsies.close());
    this.#vitals = new Vitals({
      client,
      log,
      settings,
      idOf: pid => this.#supervision.idOf(pid),
      dispatch: input => this.#supervision.dispatch(input),
    });
    closers.add(() => this.#vitals.close());
    closers.add(async () => (await this.#metrics)?.close());
    closers.add(client.handle('workers.vitals', () => this.#vitals.all()));
    this.operations = new Operations(this.#supervision, this.#reloads, this.#exits, settings.heartbeatInterval);
    this.#leases = new Leases({
      supervision: this.#supervision,
      client,
      log,
      socket: employer.socket,
      enabled: debugEnabled(settings),
      idle: settings.debug ? settings.debug.lease : 0,
    });
    closers.add(() => this.#leases.close());
    closers.add(this.operations.serve(client));
  }

  /** Where the application listens, or did. */
  get address(): Address | undefined {
    return this.#supervision.address;
  }

  start(): void {
    this.#supervision.dispatch({ type: 'start' });
    this.#metrics = this.#hostMetrics().catch((error: unknown) => {
      this.#employer.log.error('/metrics cannot tell anything', { err: error });
      return undefined;
    });
  }

  /** Has every worker leave; `stopped` follows. */
  stop(): void {
    this.#leases.releaseAll();
    this.#supervision.dispatch({ type: 'stop' });
  }

  /** Ends every worker now. */
  killAll(): void {
    this.#supervision.killAll();
  }

  #fork(id: number, slot: number, waits: boolean) {
    const { settings, flags, socket } = this.#employer;
    const port = settings.port === 0 ? this.address?.port : undefined;
    const autopsy = this.#autopsies.begins(id);
    const assignment = { id, slot, flags, waits, autopsy, ...(port !== undefined && { port }) };
    const birth = { socket, exposeGc: settings.gc.explicit };
    return fork(birth, assignment, this.#environment.variables(this.#isNext(id)));
  }

  /** Whether this worker belongs to a generation that is still being reloaded. */
  #isNext(id: number): boolean {
    const { workers, generation } = this.#supervision.state;
    return workers.some(worker => worker.id === id && worker.generation > generation);
  }

  async #beginReload(): Promise<void> {
    const { phase } = this.#supervision.state;
    if (phase !== 'serving') {
      throw new RunnerError('TROUPE_ERR_NOT_SERVING', `a cluster that is ${phase} cannot reload; wait until it serves`);
    }
    await this.#environment.read();
    this.#supervision.dispatch({ type: 'reload' });
  }

  /** Compares the first worker of a new generation with the workers of the old one. */
  #watchOver({ id, generation }: Extract<Outcome, { type: 'watch' }>): void {
    const { settings, client, log } = this.#employer;
    const { canary, minRequests } = settings.reload;
    const pid = this.#supervision.pidOf(id);
    const old = this.#supervision.workers().filter(worker => worker.generation < generation);
    if (pid === undefined) return;
    const tower = {
      canary,
      minRequests,
      ask: (of: number) => client.request(of, 'worker.done', undefined, { timeout: ANSWER_TIMEOUT }),
      verdict: (problem: string | null) => this.#supervision.dispatch({ type: 'verdict', generation, problem }),
      extended: (requests: number) =>
        log.warn(`reload: worker ${pid} has had ${requests} of ${minRequests} requests; it is watched on`),
    };
    this.#watch = new Watch(
      tower,
      pid,
      old.map(worker => worker.pid),
    );
    void this.#watch.run();
  }

  #record(exit: Exit): WorkerExit {
    const { pid } = exit.worker;
    const known = toExit(exit, pid === undefined ? undefined : this.#vitals.take(pid));
    const autopsy = this.#autopsies.take(exit.worker, known.reason);
    if (autopsy) known.autopsy = autopsy;
    this.#exits.add(known);
    this.#exitCounts.add(exit.kind);
    if (pid !== undefined) void this.#metrics?.then(metrics => metrics?.left(pid));
    return known;
  }

  /** No fork waits for what collects them to be loaded: the workers have nothing to tell so early. */
  async #hostMetrics(): Promise<MetricsHost> {
    const { hostMetrics, clusterMetrics } = await import('../metrics/host.ts');
    return hostMetrics({
      client: this.#employer.client,
      workers: () => this.#supervision.workers().map(({ pid }) => pid),
      own: reporting => clusterMetrics(this.#facts(reporting)),
    });
  }

  #facts(reporting: number): ClusterFacts {
    const { wanted } = this.#supervision.state;
    const up = this.#employer.isUp();
    return { workers: this.#supervision.workers(), wanted, reporting, exits: this.#exitCounts, up };
  }

  #changed(state: State): void {
    this.#employer.changed(state, this.#supervision.address);
    this.#pids?.workers(slotsOf(state));
    this.#leases.workersChanged(state);
  }

  /** What the supervisor has come to that is not about single processes. */
  #act(outcome: Outcome): void {
    const pidOf = (id: number) => this.#supervision.pidOf(id);
    logOutcome(outcome, this.#employer.log, pidOf);
    switch (outcome.type) {
      case 'started':
        return this.#employer.started();
      case 'start-failed':
        return this.#employer.startFailed(outcome.failure);
      case 'stopped':
        this.#watch?.end();
        this.#reloads.abandon();
        return this.#employer.stopped();
      case 'not-replaced':
        return this.#leases.notReplaced(outcome.predecessor, outcome.problem);
      case 'watch':
        return this.#watchOver(outcome);
      case 'reload-committed':
        return this.#environment.commit();
      case 'reloaded':
      case 'reload-failed':
        this.#watch?.end();
        return this.#reloads.ended(outcome, pidOf);
    }
  }
}

function policyOf(settings: Settings) {
  const { noWorkers: wanted, startTimeout, warmUpTimeout, stopTimeout, nanny, heartbeatInterval } = settings;
  // It is silent once a heartbeat is due that does not come.
  const tolerance = nanny.enable ? nanny.tolerance + heartbeatInterval : null;
  return { wanted, startTimeout, warmUpTimeout, stopTimeout, tolerance, canary: settings.reload.canary };
}

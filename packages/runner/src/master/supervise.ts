import type { Worker as ClusterWorker } from 'node:cluster';
import { type Address, type Client, emitter, type WorkerExit, type WorkerInfo } from '@troupe/ipc';
import type { AcceptMaster } from '../accept/accept-master.ts';
import type { Log } from '../log/log.ts';
import { monotonic } from '../monotonic.ts';
import { type Effect, type Input, initialState, type Policy, type State } from '../supervisor/state.ts';
import { step } from '../supervisor/step.ts';
import { exitKind } from './exit-kind.ts';
import type { Exit } from './exit-log.ts';
import { WorkerHandle } from './worker-handle.ts';

/** How long a worker may take to close its listener before it is told to leave all the same, ms. */
const UNLISTEN_TIMEOUT = 1_000;
/** A signal to the whole group reaches the master this much after its workers at most, ms. */
const GROUP_DELAY = 100;
/** The longest delay that Node's timers can hold. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Effects that are not about single processes: the rest of the master acts on them. */
export type Outcome = Exclude<Effect, { type: 'fork' | 'leave' | 'kill' | 'pause' | 'resume' }>;

/** What the rest of the master does for the supervisor, and hears from it. */
export interface Surroundings {
  policy: Policy;
  client: Client;
  accept: AcceptMaster;
  log: Log;
  fork(id: number, slot: number, waits: boolean): ClusterWorker;
  /** Why a worker with these options cannot be part of a reload; null when it can. */
  mismatch(id: number, shared: Record<string, string>): string | null;
  outcome(outcome: Outcome): void;
  /** Finds out why. */
  exited(exit: Exit): WorkerExit;
  /** Whether this worker, which is told to leave, is examined first. */
  examined(id: number): boolean;
  /** Whether the cluster is about to end: nothing new begins. */
  isEnding(): boolean;
  /** Something about the workers may have changed. */
  changed(state: State): void;
}

/** The thin shell around the supervisor's core: carries out its effects, and feeds it what happens. */
export class Supervision {
  readonly #around: Surroundings;
  readonly #workers = new Map<number, WorkerHandle>();
  readonly #inbox: Input[] = [];
  #state: State;
  #address: Address | undefined;
  #working = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#state = initialState(around.policy);
    this.#serveWorkers();
  }

  get state(): State {
    return this.#state;
  }

  /** Where the application listens, as the first worker that did said; remembered while none is left. */
  get address(): Address | undefined {
    return this.#address;
  }

  workers(): WorkerInfo[] {
    return this.#state.workers.flatMap(({ id, state, pid, generation, debugged }) => {
      const since = this.#workers.get(id)?.forkedAt;
      return pid === null || since === undefined ? [] : [{ pid, state, since, generation, debugged }];
    });
  }

  /** The supervisor's number of a worker that lives. */
  idOf(pid: number): number | undefined {
    return this.#state.workers.find(worker => worker.pid === pid)?.id;
  }

  pidOf(id: number): number | undefined {
    return this.#workers.get(id)?.pid;
  }

  /** One input at a time: effects may bring further inputs about. */
  dispatch(input: Input): void {
    this.#inbox.push(input);
    if (this.#working) return;
    this.#working = true;
    try {
      for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) this.#take(next);
    } finally {
      this.#working = false;
    }
  }

  /** Ends every worker now. */
  killAll(): void {
    for (const worker of this.#workers.values()) worker.signal('SIGKILL');
  }

  /** Ends one worker now. */
  kill(id: number): void {
    this.#workers.get(id)?.signal('SIGKILL');
  }

  #take(input: Input): void {
    const { state, effects } = step(this.#state, input, monotonic());
    this.#state = state;
    if (input.type !== 'beat') this.#around.changed(state);
    for (const effect of effects) this.#carryOut(effect);
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { wakeAt } = this.#state;
    if (wakeAt === null) return;
    const delay = Math.min(LONGEST_TIMER, Math.max(0, Math.ceil(wakeAt - monotonic())));
    this.#timer = setTimeout(() => this.dispatch({ type: 'time' }), delay);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'fork':
        return this.#fork(effect);
      case 'leave':
        void this.#leave(effect.ids);
        return;
      case 'kill':
        this.#around.log.warn(`worker ${this.#name(effect.id)} is sent ${effect.signal}`);
        this.#workers.get(effect.id)?.signal(effect.signal);
        return;
      case 'pause':
      case 'resume':
        void this.#rest(effect.id, effect.type);
        return;
      default:
        return this.#around.outcome(effect);
    }
  }

  #fork({ id, slot, waits }: Extract<Effect, { type: 'fork' }>): void {
    const process = this.#around.fork(id, slot, waits);
    this.#around.accept.adopt(process, waits);
    const worker = new WorkerHandle(id, process, {
      exited: (code, signal) => this.#exited(worker, code, signal),
      unborn: error => {
        this.#around.log.error('a worker could not be forked', { err: error });
        this.#workers.delete(id);
        this.dispatch({ type: 'fork-failed', id, reason: error.message, random: Math.random() });
      },
    });
    this.#workers.set(id, worker);
    if (worker.pid === undefined) return;
    this.#around.log.info(`worker ${worker.pid} forked`, { worker: worker.pid });
    this.dispatch({ type: 'forked', id, pid: worker.pid });
  }

  #exited(worker: WorkerHandle, code: number | null, signal: string | null): void {
    const { workers, current } = this.#state;
    const state = workers.find(({ id }) => id === worker.id);
    const replaced = current?.predecessor === worker.id ? current.reason : undefined;
    const kind = exitKind(this.#state, { worker: state, code, signal, uncaught: worker.uncaught });
    this.#workers.delete(worker.id);
    const { asked, reason, stack } = this.#around.exited({ worker, state, code, signal, kind, replaced });
    const details = { worker: worker.pid, code, signal, stack };
    this.#around.log[asked ? 'info' : 'warn'](`worker ${worker.pid} ${reason}`, details);
    this.dispatch({ type: 'exited', id: worker.id, code, signal, random: Math.random() });
    emitter.emit(`worker-${worker.pid}-died`, { code, signal, reason });
  }

  async #rest(id: number, order: 'pause' | 'resume'): Promise<void> {
    const worker = this.#workers.get(id);
    if (!worker) return;
    if (order === 'pause') await this.#around.accept.withdraw(worker.clusterId);
    else this.#around.accept.readmit(worker.clusterId);
    emitter.emit(`worker-${worker.pid}-${order}d`);
  }

  /** First they get no connections any more, then all finish: a client that one sends away finds no other that leaves too. */
  async #leave(ids: readonly number[]): Promise<void> {
    const { client, accept } = this.#around;
    const leaving = ids.flatMap(id => this.#workers.get(id) ?? []);
    await Promise.all(leaving.map(worker => accept.withdraw(worker.clusterId)));
    const unlisten = ({ pid }: WorkerHandle) =>
      pid === undefined ? undefined : client.request(pid, 'worker.unlisten', undefined, { timeout: UNLISTEN_TIMEOUT });
    await Promise.allSettled(leaving.map(unlisten));
    await Promise.all(ids.map(id => this.#tellToLeave(id)));
  }

  async #tellToLeave(id: number): Promise<void> {
    const worker = this.#workers.get(id);
    if (worker?.pid === undefined) return;
    try {
      await this.#around.client.request(worker.pid, 'worker.leave', { autopsy: this.#around.examined(id) });
    } catch (error) {
      if (!this.#workers.has(id)) return;
      // It has not reached the bus yet, or lost it. A worker asks what a SIGTERM means; one that is too young for that just goes.
      this.#around.log.debug(`worker ${worker.pid} did not hear that it should leave`, { err: error });
      worker.signal('SIGTERM');
    }
  }

  #serveWorkers(): void {
    const { client, log } = this.#around;
    client.handle('worker.stage', ({ id, state, address, shared }) => {
      const worker = this.#workers.get(id);
      if (!worker) return undefined;
      const mismatch = shared ? this.#around.mismatch(id, shared) : null;
      if (mismatch !== null) {
        this.dispatch({ type: 'failed', id, stage: 'options', error: { message: mismatch } });
        void this.#tellToLeave(id);
        return undefined;
      }
      this.#address ??= address;
      log[state === 'ready' ? 'info' : 'debug'](`worker ${worker.pid} is ${state}`, { worker: worker.pid, address });
      this.dispatch({ type: 'stage', id, state });
      return undefined;
    });
    client.handle('worker.failed', ({ id, stage, error }) => {
      log.error(`worker ${this.#name(id)}: ${stage} failed: ${error.message}`, { stack: error.stack });
      this.dispatch({ type: 'failed', id, stage, error });
      return undefined;
    });
    client.handle('worker.terminated', async ({ id }) => {
      log.info(`worker ${this.#name(id)} was sent SIGTERM`);
      const leaves = this.#state.workers.some(worker => worker.id === id && worker.state === 'retiring');
      if (leaves) await this.#tellToLeave(id);
      else setTimeout(() => this.#replaceTerminated(id), GROUP_DELAY).unref();
      return undefined;
    });
  }

  /** If all were meant, the cluster ends by now, and this worker serves until it is told to leave. */
  #replaceTerminated(id: number): void {
    if (this.#around.isEnding()) return;
    this.dispatch({ type: 'replace', id, kind: 'retire', reason: 'it was sent SIGTERM' });
  }

  #name(id: number): string {
    return String(this.#workers.get(id)?.pid ?? `#${id}`);
  }
}

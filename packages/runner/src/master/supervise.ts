import type { Worker as ClusterWorker } from 'node:cluster';
import { type Address, type Client, emitter, type WorkerInfo } from '@troupe/ipc';
import type { Log } from '../log/log.ts';
import {
  type Effect,
  type Input,
  initialState,
  type Policy,
  type StartFailure,
  type State,
} from '../supervisor/state.ts';
import { step } from '../supervisor/step.ts';
import { nextDeadline } from '../supervisor/timing.ts';
import { WorkerHandle } from './worker-handle.ts';

/** How long a worker may take to close its listener before it is told to leave all the same, ms. */
const UNLISTEN_TIMEOUT = 1_000;

/** What the rest of the master does for the supervisor, and hears from it. */
export interface Surroundings {
  policy: Policy;
  client: Client;
  log: Log;
  fork(id: number, slot: number): ClusterWorker;
  started(): void;
  startFailed(failure: StartFailure): void;
  stopped(): void;
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

  /** Where the application listens, as the first worker that did said; remembered while none is left. */
  get address(): Address | undefined {
    return this.#address;
  }

  workers(): WorkerInfo[] {
    return this.#state.workers.flatMap(({ id, state, pid }) => {
      const since = this.#workers.get(id)?.forkedAt;
      return pid === null || since === undefined ? [] : [{ pid, state, since }];
    });
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

  #take(input: Input): void {
    const { state, effects } = step(this.#state, input, performance.now());
    this.#state = state;
    this.#around.changed(state);
    for (const effect of effects) this.#carryOut(effect);
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const deadline = nextDeadline(this.#state);
    if (deadline === null) return;
    this.#timer = setTimeout(
      () => this.dispatch({ type: 'time' }),
      Math.max(0, Math.ceil(deadline - performance.now())),
    );
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'fork':
        return this.#fork(effect.id, effect.slot);
      case 'leave':
        void this.#leave(effect.ids);
        return;
      case 'kill':
        this.#around.log.warn(`worker ${this.#name(effect.id)} is sent ${effect.signal}`);
        this.#workers.get(effect.id)?.signal(effect.signal);
        return;
      case 'started':
        return this.#around.started();
      case 'start-failed':
        return this.#around.startFailed(effect.failure);
      case 'stopped':
        return this.#around.stopped();
    }
  }

  #fork(id: number, slot: number): void {
    const worker = new WorkerHandle(id, this.#around.fork(id, slot), {
      exited: (code, signal) => this.#exited(id, code, signal),
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

  #exited(id: number, code: number | null, signal: string | null): void {
    const pid = this.#workers.get(id)?.pid;
    const asked = this.#state.workers.find(worker => worker.id === id)?.state === 'retiring';
    const how = signal ? `was killed by ${signal}` : `exited with code ${code}`;
    this.#around.log[asked ? 'info' : 'warn'](`worker ${pid} ${how}`, { worker: pid, code, signal });
    this.#workers.delete(id);
    this.dispatch({ type: 'exited', id, code, signal, random: Math.random() });
    emitter.emit(`worker-${pid}-died`, { code, signal });
  }

  /** First nobody listens any more, then all finish: a client that is sent away by one finds no other that also leaves. */
  async #leave(ids: readonly number[]): Promise<void> {
    const { client } = this.#around;
    const pids = ids.flatMap(id => this.#workers.get(id)?.pid ?? []);
    const options = { timeout: UNLISTEN_TIMEOUT };
    await Promise.allSettled(pids.map(pid => client.request(pid, 'worker.unlisten', undefined, options)));
    await Promise.all(ids.map(id => this.#tellToLeave(id)));
  }

  async #tellToLeave(id: number): Promise<void> {
    const worker = this.#workers.get(id);
    if (worker?.pid === undefined) return;
    try {
      await this.#around.client.request(worker.pid, 'worker.leave', undefined);
    } catch (error) {
      if (!this.#workers.has(id)) return;
      // It has not reached the bus yet, or lost it. A worker asks what a SIGTERM means; one that is too young for that just goes.
      this.#around.log.debug(`worker ${worker.pid} did not hear that it should leave`, { err: error });
      worker.signal('SIGTERM');
    }
  }

  #serveWorkers(): void {
    const { client, log } = this.#around;
    client.handle('workers.list', () => this.workers());
    client.handle('worker.stage', ({ id, state, address }) => {
      const worker = this.#workers.get(id);
      if (!worker) return undefined;
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
      else this.dispatch({ type: 'terminate', id });
      return undefined;
    });
  }

  #name(id: number): string {
    return String(this.#workers.get(id)?.pid ?? `#${id}`);
  }
}

import { type Effect, type Phase, type Slot, STABLE_AFTER, type State, type Worker } from './state.ts';
import { leavingTimes } from './timing.ts';

/** A copy of a state that one step may change, what it wants done, and the transitions: nothing else changes a state or phase. */
export class Draft {
  readonly state: State;
  readonly effects: Effect[] = [];
  readonly now: number;

  constructor(before: State, now: number) {
    this.now = now;
    this.state = structuredClone(before);
  }

  /** Messages of workers that are already gone arrive late and mean nothing. */
  worker(id: number): Worker | undefined {
    return this.state.workers.find(worker => worker.id === id);
  }

  slotOf(worker: Worker): Slot {
    const slot = this.state.slots.find(({ index }) => index === worker.slot);
    if (!slot) throw new RangeError(`worker ${worker.id} stands in slot ${worker.slot}, which does not exist`);
    return slot;
  }

  /** Who has this place, or is on the way to it without succeeding anybody. */
  incumbent(slot: Slot): Worker | undefined {
    return this.incumbents(slot)[0];
  }

  /** Two for as long as one that has come back from being debugged finds its place taken. */
  incumbents(slot: Slot): Worker[] {
    return this.state.workers.filter(
      ({ slot: index, state, succeeds, aside }) =>
        index === slot.index && state !== 'retiring' && succeeds === null && !aside,
    );
  }

  successorOf(id: number): Worker | undefined {
    return this.state.workers.find(worker => worker.succeeds === id && worker.state !== 'retiring');
  }

  fork(slot: Slot, succeeds: number | null): Worker {
    return this.#fork(slot, { succeeds, debugged: false, aside: false });
  }

  /** One that is debugged from the beginning, and has no place. */
  forkAside(slot: Slot): Worker {
    return this.#fork(slot, { succeeds: null, debugged: true, aside: true });
  }

  #fork(slot: Slot, kind: Pick<Worker, 'succeeds' | 'debugged' | 'aside'>): Worker {
    const id = this.state.nextId++;
    const worker: Worker = {
      id,
      slot: slot.index,
      generation: this.state.reload?.generation ?? this.state.generation,
      pid: null,
      state: 'forked',
      since: this.now,
      lastBeat: this.now,
      ...kind,
      leaving: null,
    };
    this.state.workers.push(worker);
    this.effects.push({ type: 'fork', id, slot: slot.index, waits: kind.aside });
    return worker;
  }

  becomePhase(phase: Phase): void {
    if (!NEXT_PHASES[this.state.phase].includes(phase)) {
      throw new Error(`a cluster cannot go from ${this.state.phase} to ${phase}`);
    }
    this.state.phase = phase;
  }

  become(worker: Worker, state: Worker['state']): void {
    if (!NEXT_STATES[worker.state].includes(state)) {
      throw new Error(`worker ${worker.id} cannot go from ${worker.state} to ${state}`);
    }
    worker.state = state;
    worker.since = this.now;
    worker.lastBeat = this.now;
  }

  becomeRetiring(worker: Worker, grace: number): void {
    this.forgive(worker);
    this.become(worker, 'retiring');
    worker.leaving = leavingTimes(this.now, grace);
  }

  /** Tells one worker to leave, with all the time that it may take. */
  dismiss(worker: Worker): void {
    this.becomeRetiring(worker, this.state.policy.stopTimeout);
    this.effects.push({ type: 'leave', ids: [worker.id] });
  }

  rest(worker: Worker, order: 'pause' | 'resume'): void {
    this.become(worker, order === 'pause' ? 'paused' : 'ready');
    this.effects.push({ type: order, id: worker.id });
  }

  /** A worker that has served for a while makes up for the failures of those before it. */
  forgive(worker: Worker): void {
    if (worker.state === 'ready' && this.now - worker.since >= STABLE_AFTER) this.slotOf(worker).failures = 0;
  }
}

export const NEXT_PHASES: Record<Phase, readonly Phase[]> = {
  idle: ['starting', 'stopped'],
  starting: ['serving', 'stopping'],
  serving: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
};

export const NEXT_STATES: Record<Worker['state'], readonly Worker['state'][]> = {
  forked: ['configuring', 'retiring'],
  configuring: ['warming', 'retiring'],
  warming: ['ready', 'retiring'],
  ready: ['paused', 'retiring'],
  paused: ['ready', 'retiring'],
  retiring: [],
};

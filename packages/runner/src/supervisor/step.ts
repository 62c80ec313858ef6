/**
 * The supervisor's core: `step(state, input, now) → { state, effects }`. It forks nothing, kills nothing and reads no
 * clock; `master/supervise.ts` does. So every history can be replayed, and a simulator can try them by the thousand.
 */

import {
  type Effect,
  IDLE_GRACE,
  type Input,
  type Phase,
  readyWorkers,
  STABLE_AFTER,
  type StartFailure,
  type State,
  type Worker,
} from './state.ts';
import { backoff, deadlineOf, leavingTimes } from './timing.ts';

export interface Step {
  state: State;
  effects: Effect[];
}

export function step(before: State, input: Input, now: number): Step {
  const draft = new Draft(before, now);
  take(draft, input);
  settle(draft);
  return { state: draft.state, effects: draft.effects };
}

/** A copy that the functions below may change, and what they want done. */
class Draft {
  readonly state: State;
  readonly effects: Effect[] = [];
  readonly now: number;

  constructor(before: State, now: number) {
    this.now = now;
    this.state = {
      ...before,
      slots: before.slots.map(slot => ({ ...slot })),
      workers: before.workers.map(worker => ({ ...worker, leaving: worker.leaving && { ...worker.leaving } })),
    };
  }

  /** Messages of workers that are already gone arrive late and mean nothing. */
  worker(id: number): Worker | undefined {
    return this.state.workers.find(worker => worker.id === id);
  }

  slotOf(worker: Worker) {
    const slot = this.state.slots[worker.slot];
    if (!slot) throw new RangeError(`worker ${worker.id} stands in slot ${worker.slot}, which does not exist`);
    return slot;
  }
}

function take(draft: Draft, input: Input): void {
  switch (input.type) {
    case 'start':
      return begin(draft);
    case 'forked': {
      const worker = draft.worker(input.id);
      if (worker) worker.pid = input.pid;
      return;
    }
    case 'fork-failed':
      return lose(draft, input.id, `could not be forked: ${input.reason}`, input.random);
    case 'stage':
      return advance(draft, input.id, input.state);
    case 'failed':
      return fail(draft, input.id, input.stage, input.error);
    case 'exited':
      return lose(draft, input.id, describeExit(input.code, input.signal), input.random);
    case 'terminate':
      return terminate(draft, input.id);
    case 'stop':
      return stop(draft);
    case 'time':
      return passTime(draft);
  }
}

// ── Phases ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const NEXT_PHASES: Record<Phase, readonly Phase[]> = {
  idle: ['starting', 'stopped'],
  starting: ['serving', 'stopping'],
  serving: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
};

function becomePhase(draft: Draft, phase: Phase): void {
  if (!NEXT_PHASES[draft.state.phase].includes(phase)) {
    throw new Error(`a cluster cannot go from ${draft.state.phase} to ${phase}`);
  }
  draft.state.phase = phase;
}

function begin(draft: Draft): void {
  becomePhase(draft, 'starting');
  draft.state.startedAt = draft.now;
  draft.state.slots = Array.from({ length: draft.state.policy.wanted }, (_, index) => ({
    index,
    failures: 0,
    forkAt: draft.now,
    lastExit: null,
  }));
}

function stop(draft: Draft): void {
  const { phase, policy } = draft.state;
  if (phase === 'stopping' || phase === 'stopped') return;
  if (phase === 'idle') return becomeStopped(draft);
  becomePhase(draft, 'stopping');
  for (const slot of draft.state.slots) slot.forkAt = null;
  const serving = draft.state.workers.filter(worker => worker.state === 'ready' || worker.state === 'paused');
  const starting = draft.state.workers.filter(worker => !serving.includes(worker) && worker.state !== 'retiring');
  for (const worker of serving) becomeRetiring(draft, worker, policy.stopTimeout);
  for (const worker of starting) becomeRetiring(draft, worker, Math.min(IDLE_GRACE, policy.stopTimeout));
  const ids = [...serving, ...starting].map(worker => worker.id);
  if (ids.length > 0) draft.effects.push({ type: 'leave', ids });
}

function becomeStopped(draft: Draft): void {
  becomePhase(draft, 'stopped');
  draft.effects.push({ type: 'stopped' });
}

function failStart(draft: Draft, failure: StartFailure): void {
  draft.effects.push({ type: 'start-failed', failure });
  stop(draft);
}

// ── Workers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const NEXT_STATES: Record<Worker['state'], readonly Worker['state'][]> = {
  forked: ['configuring', 'retiring'],
  configuring: ['warming', 'retiring'],
  warming: ['ready', 'retiring'],
  ready: ['paused', 'retiring'],
  paused: ['ready', 'retiring'],
  retiring: [],
};

function become(draft: Draft, worker: Worker, state: Worker['state']): void {
  if (!NEXT_STATES[worker.state].includes(state)) {
    throw new Error(`worker ${worker.id} cannot go from ${worker.state} to ${state}`);
  }
  worker.state = state;
  worker.since = draft.now;
}

function becomeRetiring(draft: Draft, worker: Worker, grace: number): void {
  forgive(draft, worker);
  become(draft, worker, 'retiring');
  worker.leaving = leavingTimes(draft.now, grace);
}

/** A worker repeats its stage whenever it reconnects, and one that was told to leave may still report: neither is a transition. */
function advance(draft: Draft, id: number, state: 'configuring' | 'warming' | 'ready'): void {
  const worker = draft.worker(id);
  if (!worker || worker.state === 'retiring' || worker.state === state) return;
  const order: readonly Worker['state'][] = ['forked', 'configuring', 'warming', 'ready'];
  // A message may be lost with a connection: the stages between are caught up with.
  const from = order.indexOf(worker.state);
  if (from < 0) return;
  for (const next of order.slice(from + 1, order.indexOf(state) + 1)) become(draft, worker, next);
}

function fail(draft: Draft, id: number, stage: string, error: { message: string; stack?: string | undefined }): void {
  const worker = draft.worker(id);
  if (!worker || worker.state === 'retiring') return;
  becomeRetiring(draft, worker, IDLE_GRACE);
  const slot = draft.slotOf(worker);
  slot.failures += 1;
  slot.lastExit = `${stage} failed: ${error.message}`;
  if (draft.state.phase !== 'starting') return;
  failStart(draft, { kind: 'stage-failed', worker: worker.pid, stage, error, detail: error.message });
}

function terminate(draft: Draft, id: number): void {
  const worker = draft.worker(id);
  if (!worker || worker.state === 'retiring') return;
  becomeRetiring(draft, worker, draft.state.policy.stopTimeout);
  draft.effects.push({ type: 'leave', ids: [id] });
}

/** The process is gone, or never was. */
function lose(draft: Draft, id: number, how: string, random: number): void {
  const worker = draft.worker(id);
  if (!worker) return;
  draft.state.workers = draft.state.workers.filter(other => other !== worker);
  forgive(draft, worker);
  const slot = draft.slotOf(worker);
  if (worker.state !== 'retiring') {
    slot.failures += 1;
    slot.lastExit = how;
  }
  if (draft.state.phase === 'starting' || draft.state.phase === 'serving') {
    slot.forkAt = draft.now + backoff(slot.failures, random);
  }
}

/** A worker that has served for a while makes up for the failures of those before it. */
function forgive(draft: Draft, worker: Worker): void {
  if (worker.state === 'ready' && draft.now - worker.since >= STABLE_AFTER) draft.slotOf(worker).failures = 0;
}

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function passTime(draft: Draft): void {
  for (const worker of draft.state.workers) {
    const deadline = deadlineOf(draft.state, worker);
    if (deadline === null || draft.now < deadline) continue;
    if (worker.leaving) hasten(draft, worker, worker.leaving);
    else overrun(draft, worker);
  }
  const { phase, startedAt, policy, slots } = draft.state;
  const waiting = slots.find(slot => slot.forkAt !== null);
  if (phase === 'starting' && waiting && draft.now >= startedAt + policy.startTimeout) {
    failStart(draft, {
      kind: 'start-timeout',
      worker: null,
      stage: 'fork',
      detail: waiting.lastExit ?? 'no worker could be forked',
    });
  }
}

function hasten(draft: Draft, worker: Worker, leaving: NonNullable<Worker['leaving']>): void {
  const overdue = leaving.killAt !== null && draft.now >= leaving.killAt;
  draft.effects.push({ type: 'kill', id: worker.id, signal: overdue ? 'SIGKILL' : 'SIGTERM' });
  leaving.termAt = null;
  if (overdue) leaving.killAt = null;
}

const STAGES = { forked: 'start', configuring: 'configureApp', warming: 'warmUp' } as const;

/** A worker that neither comes nor fails is ended; while the first generation starts, it is the end of that too. */
function overrun(draft: Draft, worker: Worker): void {
  const stage = STAGES[worker.state as keyof typeof STAGES];
  const slot = draft.slotOf(worker);
  const detail = slot.lastExit ?? `${stage} has not settled`;
  slot.failures += 1;
  slot.lastExit = `${stage} has not settled`;
  const kind = slot.lastExit === detail ? 'stage-timeout' : 'start-timeout';
  becomeRetiring(draft, worker, 0);
  hasten(draft, worker, worker.leaving ?? { termAt: null, killAt: draft.now });
  if (draft.state.phase === 'starting') failStart(draft, { kind, worker: worker.pid, stage, detail });
}

// ── What follows from where things stand ────────────────────────────────────────────────────────────────────────────

function settle(draft: Draft): void {
  const { state } = draft;
  for (const slot of state.slots) {
    if (slot.forkAt === null || slot.forkAt > draft.now) continue;
    slot.forkAt = null;
    const id = state.nextId++;
    state.workers.push({ id, slot: slot.index, pid: null, state: 'forked', since: draft.now, leaving: null });
    draft.effects.push({ type: 'fork', id, slot: slot.index });
  }
  if (state.phase === 'starting' && readyWorkers(state).length === state.policy.wanted) {
    becomePhase(draft, 'serving');
    draft.effects.push({ type: 'started' });
  }
  if (state.phase === 'stopping' && state.workers.length === 0) becomeStopped(draft);
}

function describeExit(code: number | null, signal: string | null): string {
  return signal ? `was killed by ${signal}` : `exited with code ${code}`;
}

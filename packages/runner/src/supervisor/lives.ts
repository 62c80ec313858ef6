/** What becomes of single workers: how they come up, fail, die and are missed. */
import type { Draft } from './draft.ts';
import { stop } from './phases.ts';
import { oldWorkerGone, reloadedWorkerLost, reloadedWorkerReady } from './reload.ts';
import { enqueue, predecessorGone, successorLost, successorReady } from './replacement.ts';
import { IDLE_GRACE, INTENSITY_WINDOW, restartsAllowed, type StartFailure, type Worker } from './state.ts';
import { backoff, isOverdue } from './timing.ts';

/** A worker repeats its stage whenever it reconnects, and one that was told to leave may still report: neither is a transition. */
export function advance(draft: Draft, id: number, state: 'configuring' | 'warming' | 'ready'): void {
  const worker = draft.worker(id);
  if (!worker || worker.state === 'retiring' || worker.state === 'paused' || worker.state === state) return;
  const order: readonly Worker['state'][] = ['forked', 'configuring', 'warming', 'ready'];
  // A message may be lost with a connection: the stages between are caught up with.
  for (const next of order.slice(order.indexOf(worker.state) + 1, order.indexOf(state) + 1)) draft.become(worker, next);
  if (worker.state !== 'ready') return;
  if (worker.aside) draft.rest(worker, 'pause');
  successorReady(draft, worker);
  reloadedWorkerReady(draft, worker);
}

export function fail(
  draft: Draft,
  id: number,
  stage: string,
  error: { message: string; stack?: string | undefined },
): void {
  const worker = draft.worker(id);
  // Only what is on its way can fail to come; whatever happens to others shows when they exit.
  if (!worker || !['forked', 'configuring', 'warming'].includes(worker.state)) return;
  draft.becomeRetiring(worker, IDLE_GRACE);
  miss(draft, worker, `${stage} failed: ${error.message}`, 0.5);
  if (draft.state.phase === 'starting') {
    failStart(draft, { kind: 'stage-failed', worker: worker.pid, stage, error, detail: error.message });
  }
}

/** The process is gone, or never was. */
export function lose(draft: Draft, id: number, how: string, random: number): void {
  const worker = draft.worker(id);
  if (!worker) return;
  const expected = worker.state === 'retiring';
  draft.forgive(worker);
  draft.state.workers = draft.state.workers.filter(other => other !== worker);
  draft.state.queue = draft.state.queue.filter(replacement => replacement.predecessor !== id);
  if (!expected) miss(draft, worker, how, random);
  predecessorGone(draft, id);
  oldWorkerGone(draft, id);
  refill(draft, worker, random);
}

/** Whoever waited for this worker waits in vain. */
function miss(draft: Draft, worker: Worker, how: string, random: number): void {
  const slot = draft.slotOf(worker);
  // What becomes of one that stands aside says nothing of those in the place.
  if (worker.aside) return;
  slot.failures += 1;
  slot.lastExit = how;
  successorLost(draft, worker, how, random);
  reloadedWorkerLost(draft, worker, how);
}

/** A slot that nobody fills any more is filled again, later the more often it failed, and never by too many at once. */
function refill(draft: Draft, { slot: index }: Worker, random: number): void {
  const { state, now } = draft;
  const slot = state.slots.find(each => each.index === index);
  if (!slot || slot.forkAt !== null || draft.incumbent(slot)) return;
  if (state.phase !== 'starting' && state.phase !== 'serving') return;
  if (index >= state.wanted) {
    if (!state.workers.some(worker => worker.slot === index)) state.slots = state.slots.filter(each => each !== slot);
    return;
  }
  state.restarts = state.restarts.filter(at => at > now - INTENSITY_WINDOW);
  const allowed = restartsAllowed(state.wanted);
  const oldest = state.restarts.at(-allowed);
  const earliest = oldest === undefined ? now : oldest + INTENSITY_WINDOW;
  slot.forkAt = Math.max(now + backoff(slot.failures, random), earliest);
  if (slot.failures > 0) state.restarts.push(slot.forkAt);
}

export function failStart(draft: Draft, failure: StartFailure): void {
  draft.effects.push({ type: 'start-failed', failure });
  stop(draft);
}

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export function passTime(draft: Draft): void {
  for (const worker of [...draft.state.workers]) {
    if (!isOverdue(draft.state, worker, draft.now)) continue;
    if (worker.leaving) hasten(draft, worker, worker.leaving);
    else if (worker.state === 'ready' || worker.state === 'paused') nanny(draft, worker);
    else overrun(draft, worker);
  }
  const { phase, startedAt, policy, slots } = draft.state;
  const waiting = slots.find(slot => slot.forkAt !== null);
  if (phase === 'starting' && waiting && draft.now >= startedAt + policy.startTimeout) {
    const detail = waiting.lastExit ?? 'could not be forked';
    failStart(draft, { kind: 'start-timeout', worker: null, stage: 'fork', detail });
  }
}

function nanny(draft: Draft, worker: Worker): void {
  const silence = Math.round((draft.now - worker.lastBeat) / 1_000);
  enqueue(draft, worker.id, { kind: 'nanny', reason: `silent for ${silence} s` });
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
  const late = `${stage} has not settled`;
  const before = draft.slotOf(worker).lastExit;
  draft.becomeRetiring(worker, 0);
  miss(draft, worker, late, 0.5);
  if (worker.leaving) hasten(draft, worker, worker.leaving);
  if (draft.state.phase !== 'starting') return;
  failStart(draft, {
    kind: before === null ? 'stage-timeout' : 'start-timeout',
    worker: worker.pid,
    stage,
    detail: before ?? late,
  });
}

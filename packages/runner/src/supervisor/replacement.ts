/** The death queue: one voluntary replacement at a time, first come, first replaced, successor first. */
import type { Draft } from './draft.ts';
import { type Cause, IDLE_GRACE, type Worker } from './state.ts';
import { backoff, isOverdue } from './timing.ts';

/** Asks for a replacement; a worker that is asked for already, or leaves anyway, is not asked for again. */
export function enqueue(draft: Draft, id: number, { kind, reason }: Cause): void {
  const worker = draft.worker(id);
  if (!worker || worker.state === 'retiring' || draft.state.phase !== 'serving') return;
  if (isSpared(worker, kind)) return;
  // Its place is another one's already.
  if (worker.aside) return draft.dismiss(worker);
  const { queue, current } = draft.state;
  const asked = queue.find(({ predecessor }) => predecessor === id);
  // A silent worker that is heard again may stay, but not one that has to go for another reason, too.
  if (asked?.kind === 'nanny' || asked?.kind === 'debug') Object.assign(asked, { kind, reason });
  else if (!asked && current?.predecessor !== id) queue.push({ predecessor: id, kind, reason });
}

/** It was asked for because it was silent, and is not: unless its successor is on its way already, it stays. */
export function withdrawNanny(draft: Draft, id: number): void {
  const { state } = draft;
  state.queue = state.queue.filter(({ predecessor, kind }) => predecessor !== id || kind !== 'nanny');
}

/** Begins the next replacement if none is under way. One whose slot still backs off lets the others go first. */
export function beginNext(draft: Draft): void {
  const { state, now } = draft;
  if (state.phase !== 'serving' || state.current || state.reload) return;
  state.queue = state.queue.filter(({ predecessor, kind }) => {
    const worker = draft.worker(predecessor);
    return worker && worker.state !== 'retiring' && !isSpared(worker, kind);
  });
  const next = state.queue.find(({ predecessor }) => {
    const worker = draft.worker(predecessor);
    return worker && isSettled(worker) && draft.slotOf(worker).successorAt <= now;
  });
  const worker = next && draft.worker(next.predecessor);
  if (!next || !worker) return;
  state.queue = state.queue.filter(replacement => replacement !== next);
  const successor = draft.fork(draft.slotOf(worker), worker.id);
  state.current = { ...next, successor: successor.id };
  draft.effects.push({ type: 'replacing', predecessor: worker.id, successor: successor.id, reason: next.reason });
}

/** The successor is ready: the predecessor goes. One that somebody has begun to debug meanwhile stays, and it goes instead. */
export function successorReady(draft: Draft, successor: Worker): void {
  const { current, policy } = draft.state;
  if (current?.successor !== successor.id) return;
  const predecessor = draft.worker(current.predecessor);
  if (!predecessor || predecessor.state === 'retiring') return;
  if (isSpared(predecessor, current.kind)) return giveWay(draft, 'somebody debugs it');
  if (current.kind === 'debug') return setAside(draft, predecessor, successor);
  successor.succeeds = null;
  // Whoever is silent cannot hear that it should leave.
  const isSilent = isOverdue(draft.state, predecessor, draft.now);
  draft.becomeRetiring(predecessor, isSilent ? Math.min(IDLE_GRACE, policy.stopTimeout) : policy.stopTimeout);
  draft.effects.push({ type: 'leave', ids: [predecessor.id] });
}

/** The successor will not come: the predecessor serves on, and the next in the queue has its turn. */
export function successorLost(draft: Draft, successor: Worker, problem: string, random: number): void {
  // Once the place is its own, losing it is a crash like any other.
  if (draft.state.current?.successor !== successor.id || successor.succeeds === null) return;
  const slot = draft.slotOf(successor);
  slot.successorAt = draft.now + Math.max(backoff(slot.failures, random), backoff(2, random));
  giveUp(draft, problem);
}

/** The successor of a worker that is debugged is ready: it takes the place, and the worker stands aside. */
function setAside(draft: Draft, worker: Worker, successor: Worker): void {
  successor.succeeds = null;
  worker.aside = true;
  if (worker.state === 'ready') draft.rest(worker, 'pause');
  draft.state.current = null;
  draft.effects.push({ type: 'set-aside', id: worker.id, successor: successor.id });
}

/** The predecessor serves on after all, and its successor goes. */
export function giveWay(draft: Draft, problem: string): void {
  const successor = draft.state.current && draft.worker(draft.state.current.successor);
  giveUp(draft, problem);
  if (successor && successor.state !== 'retiring') draft.dismiss(successor);
}

function giveUp(draft: Draft, problem: string): void {
  const { current } = draft.state;
  if (!current) return;
  draft.state.current = null;
  draft.effects.push({ type: 'not-replaced', predecessor: current.predecessor, reason: current.reason, problem });
}

/** The predecessor is gone, as it should be or before its time: its place is the successor's in any case. */
export function predecessorGone(draft: Draft, id: number): void {
  const { current } = draft.state;
  if (current?.predecessor !== id) return;
  const successor = draft.worker(current.successor);
  if (successor) successor.succeeds = null;
  draft.state.current = null;
  draft.effects.push({ type: 'replaced', predecessor: id, successor: current.successor, reason: current.reason });
}

/** A person who debugs a worker may retire it; nothing else may. */
const isSpared = (worker: Worker, kind: Cause['kind']) => worker.debugged && kind !== 'retire' && kind !== 'debug';
const isSettled = ({ state }: Worker) => state === 'ready' || state === 'paused';

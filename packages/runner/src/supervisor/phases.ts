/** How the cluster as a whole begins, grows, shrinks and ends. */
import type { Draft } from './draft.ts';
import { abandonReload } from './reload.ts';
import { IDLE_GRACE, type Slot } from './state.ts';

/** The problem of a reload with which nothing was wrong. */
export const CLUSTER_STOPS = 'the cluster stops';

const emptySlot = (index: number, now: number): Slot => ({
  index,
  failures: 0,
  forkAt: now,
  successorAt: 0,
  lastExit: null,
});

export function begin(draft: Draft): void {
  draft.becomePhase('starting');
  draft.state.startedAt = draft.now;
  draft.state.slots = Array.from({ length: draft.state.wanted }, (_, index) => emptySlot(index, draft.now));
}

/** Further slots are filled at once; those that are too many are left by their workers. A reload is finished first. */
export function scale(draft: Draft, wanted: number): void {
  const { state } = draft;
  if (state.phase !== 'serving') return;
  state.wanted = wanted;
}

/** Brings the slots to the number that is wanted. */
export function adjustSlots(draft: Draft): void {
  const { state } = draft;
  if (state.phase !== 'serving' || state.reload || state.current) return;
  for (let index = 0; index < state.wanted; index++) {
    const slot = state.slots.find(slot => slot.index === index);
    if (!slot) state.slots.push(emptySlot(index, draft.now));
    // Kept by one that stands aside alone.
    else if (slot.forkAt === null && state.workers.every(worker => worker.slot !== index || worker.aside))
      slot.forkAt = draft.now;
  }
  const surplus = state.slots.filter(slot => slot.index >= state.wanted);
  for (const slot of surplus) {
    slot.forkAt = null;
    const worker = draft.incumbent(slot);
    if (worker) draft.dismiss(worker);
  }
  state.slots = state.slots.filter(
    slot => slot.index < state.wanted || state.workers.some(worker => worker.slot === slot.index),
  );
}

export function stop(draft: Draft): void {
  const { phase, policy, workers, slots } = draft.state;
  if (phase === 'stopping' || phase === 'stopped') return;
  if (phase === 'idle') return end(draft);
  draft.becomePhase('stopping');
  abandonReload(draft, CLUSTER_STOPS);
  draft.state.queue = [];
  draft.state.current = null;
  for (const slot of slots) slot.forkAt = null;
  const staying = workers.filter(worker => worker.state !== 'retiring');
  const serving = staying.filter(worker => worker.state === 'ready' || worker.state === 'paused');
  const starting = staying.filter(worker => !serving.includes(worker));
  for (const worker of serving) draft.becomeRetiring(worker, policy.stopTimeout);
  for (const worker of starting) draft.becomeRetiring(worker, Math.min(IDLE_GRACE, policy.stopTimeout));
  if (staying.length > 0)
    draft.effects.push({ type: 'leave', ids: [...serving, ...starting].map(worker => worker.id) });
}

export function end(draft: Draft): void {
  draft.becomePhase('stopped');
  draft.effects.push({ type: 'stopped' });
}

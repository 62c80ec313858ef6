/** A rolling reload as a transaction; see `Reload` in `state.ts`. */
import type { Draft } from './draft.ts';
import type { Reload, Worker } from './state.ts';

/** Begins a reload, or notes that another one is wanted after the one that runs. */
export function requestReload(draft: Draft): void {
  if (draft.state.phase !== 'serving') return;
  draft.state.reloadAgain = true;
}

/** Begins the reload that is asked for once nothing else is under way. */
export function beginReload(draft: Draft): void {
  const { state } = draft;
  if (!state.reloadAgain || state.reload || state.current || state.phase !== 'serving') return;
  state.reloadAgain = false;
  const old = state.workers.filter(worker => worker.state !== 'retiring' && worker.succeeds === null);
  const generation = state.generation + 1;
  state.reload = {
    generation,
    stage: 'joining',
    joining: null,
    remaining: old.filter(worker => !worker.debugged).map(worker => worker.id),
    succeeded: [],
    skipped: old.filter(worker => worker.debugged).map(worker => worker.id),
  };
  draft.effects.push({ type: 'reload-begun', generation });
  forkNext(draft, state.reload);
}

/** The successor that was on its way is ready: watch it if it is the first one, else go on. */
export function reloadedWorkerReady(draft: Draft, worker: Worker): void {
  const { reload, policy } = draft.state;
  if (reload?.joining !== worker.id) return;
  const isFirst = reload.succeeded.length === 0;
  reload.joining = null;
  if (worker.succeeds !== null) reload.succeeded.push(worker.succeeds);
  if (isFirst && policy.canary > 0) {
    reload.stage = 'watching';
    draft.effects.push({ type: 'watch', id: worker.id, generation: reload.generation });
    return;
  }
  forkNext(draft, reload);
}

export function judge(draft: Draft, generation: number, problem: string | null): void {
  const { reload } = draft.state;
  if (!reload || reload.generation !== generation || reload.stage !== 'watching') return;
  if (problem !== null) return rollBack(draft, problem);
  reload.stage = 'joining';
  forkNext(draft, reload);
}

/** A worker of the new generation failed, died or never came: before the commit that ends the reload. */
export function reloadedWorkerLost(draft: Draft, worker: Worker, problem: string): void {
  const { reload } = draft.state;
  if (!reload || reload.stage === 'leaving' || worker.generation !== reload.generation) return;
  rollBack(draft, problem);
}

/** An old worker is gone, by order or before its time: its successor, if there is one, has its place. */
export function oldWorkerGone(draft: Draft, id: number): void {
  const { reload } = draft.state;
  if (!reload) return;
  const successor = draft.successorOf(id);
  if (successor) successor.succeeds = null;
  reload.remaining = reload.remaining.filter(each => each !== id);
  reload.skipped = reload.skipped.filter(each => each !== id);
  reload.succeeded = reload.succeeded.filter(each => each !== id);
  if (reload.stage === 'leaving') finishIfGone(draft, reload);
}

export function abandonReload(draft: Draft, problem: string): void {
  const { reload } = draft.state;
  draft.state.reloadAgain = false;
  if (!reload) return;
  draft.state.reload = null;
  draft.effects.push({ type: 'reload-failed', generation: reload.generation, problem });
}

function forkNext(draft: Draft, reload: Reload): void {
  for (let id = reload.remaining.shift(); id !== undefined; id = reload.remaining.shift()) {
    const old = draft.worker(id);
    if (!old || old.state === 'retiring') continue;
    if (old.debugged) reload.skipped.push(id);
    else {
      reload.joining = draft.fork(draft.slotOf(old), id).id;
      return;
    }
  }
  commit(draft, reload);
}

/**
 * Every place has its successor: from here on the new generation is the cluster, and the old one leaves. An old worker
 * that somebody has begun to debug meanwhile stays, and its successor leaves instead.
 */
function commit(draft: Draft, reload: Reload): void {
  const { state } = draft;
  reload.stage = 'leaving';
  state.generation = reload.generation;
  const leaving: Worker[] = [];
  for (const old of state.workers.filter(({ id, state }) => reload.succeeded.includes(id) && state !== 'retiring')) {
    const successor = draft.successorOf(old.id);
    if (old.debugged) {
      reload.skipped.push(old.id);
      reload.succeeded = reload.succeeded.filter(id => id !== old.id);
      if (successor) leaving.push(successor);
    } else {
      leaving.push(old);
      if (successor) successor.succeeds = null;
    }
  }
  for (const worker of leaving) draft.becomeRetiring(worker, state.policy.stopTimeout);
  draft.effects.push({ type: 'reload-committed', generation: reload.generation, skipped: [...reload.skipped] });
  if (leaving.length > 0) draft.effects.push({ type: 'leave', ids: leaving.map(worker => worker.id) });
  finishIfGone(draft, reload);
}

function finishIfGone(draft: Draft, reload: Reload): void {
  if (reload.succeeded.some(id => draft.worker(id))) return;
  draft.state.reload = null;
  draft.effects.push({ type: 'reloaded', generation: reload.generation, skipped: [...reload.skipped] });
}

function rollBack(draft: Draft, problem: string): void {
  const { state } = draft;
  const generation = state.reload?.generation;
  const joined = state.workers.filter(
    worker => worker.generation === generation && worker.succeeds !== null && worker.state !== 'retiring',
  );
  for (const worker of joined) draft.becomeRetiring(worker, state.policy.stopTimeout);
  if (joined.length > 0) draft.effects.push({ type: 'leave', ids: joined.map(worker => worker.id) });
  // The generation's number is used up, so that nothing late is mistaken for a message of the next one.
  if (generation !== undefined) state.generation = Math.max(state.generation, generation);
  const again = state.reloadAgain;
  abandonReload(draft, problem);
  state.reloadAgain = again;
}

/**
 * What somebody who debugs a worker holds up, and what not: the worker is left alone, and set aside if he wishes so. A
 * worker that is set aside has given its place to a successor; it takes no traffic, and counts for none.
 */
import type { Draft } from './draft.ts';
import { enqueue, giveWay } from './replacement.ts';
import type { Worker } from './state.ts';

/** Nothing but a person replaces this worker from now on. With `aside` a successor is asked for that takes its place. */
export function debug(draft: Draft, id: number, aside: boolean): void {
  const worker = draft.worker(id);
  if (!worker || worker.state === 'retiring') return;
  worker.debugged = true;
  worker.lastBeat = draft.now;
  if (!aside || worker.aside) return;
  const { state } = draft;
  const cause = { kind: 'debug', reason: 'somebody debugs it' } as const;
  // Whatever its replacement was for: it is not sent away now, but makes room in the same way.
  if (state.current?.predecessor === id) state.current = { ...state.current, ...cause };
  state.queue = state.queue.filter(({ predecessor }) => predecessor !== id);
  enqueue(draft, id, cause);
}

/** One more worker, beside all places from its beginning: it waits for its debugger before it does anything. */
export function debugFresh(draft: Draft): void {
  const [slot] = draft.state.slots;
  if (!slot || draft.state.phase !== 'serving') return;
  draft.forkAside(slot);
}

/**
 * Nobody debugs it any more. It serves on, or again: then the one that has its place goes. Or it leaves. One whose
 * generation has been reloaded meanwhile leaves in any case, and so does one that has not come as far as to serve.
 */
export function undebug(draft: Draft, id: number, next: 'return' | 'leave'): void {
  const worker = draft.worker(id);
  if (!worker?.debugged) return;
  worker.debugged = false;
  worker.lastBeat = draft.now;
  if (worker.state === 'retiring') return;
  if (!worker.aside) stayOrGo(draft, worker, next);
  else if (next === 'return' && mayReturn(draft, worker)) takeBack(draft, worker);
  else draft.dismiss(worker);
}

/** A place that has been taken back while something else went on is settled after that: the newer code stays, then the older worker. */
export function settleClaims(draft: Draft): void {
  const { state } = draft;
  if (state.phase !== 'serving' || state.current || state.reload) return;
  for (const slot of state.slots) {
    const [, ...surplus] = draft
      .incumbents(slot)
      .sort(
        (a, b) =>
          Number(b.debugged) - Number(a.debugged) || b.generation - a.generation || rank(a) - rank(b) || a.id - b.id,
      );
    for (const worker of surplus) draft.dismiss(worker);
  }
}

function stayOrGo(draft: Draft, worker: Worker, next: 'return' | 'leave'): void {
  const { state } = draft;
  const { id } = worker;
  state.queue = state.queue.filter(({ predecessor, kind }) => predecessor !== id || kind !== 'debug');
  const reason = 'somebody has debugged it';
  if (state.current?.predecessor === id && state.current.kind === 'debug') {
    if (next === 'leave') state.current = { ...state.current, kind: 'retire', reason };
    else giveWay(draft, 'nobody debugs it any more');
  } else if (next === 'leave') enqueue(draft, id, { kind: 'retire', reason });
}

function mayReturn({ state }: Draft, worker: Worker): boolean {
  const others = state.workers.filter(({ state, aside }) => state !== 'retiring' && !aside);
  const isCurrent = others.every(({ generation }) => generation <= worker.generation);
  return state.phase === 'serving' && worker.state === 'paused' && worker.slot < state.wanted && isCurrent;
}

/** Whoever has the place goes, unless a replacement or a reload is under way: see {@link settleClaims}. */
function takeBack(draft: Draft, worker: Worker): void {
  const slot = draft.slotOf(worker);
  const others = draft.state.current || draft.state.reload ? [] : draft.incumbents(slot);
  worker.aside = false;
  slot.forkAt = null;
  draft.rest(worker, 'resume');
  for (const other of others) draft.dismiss(other);
}

const rank = ({ state }: Worker) => (state === 'ready' ? 0 : state === 'paused' ? 1 : 2);

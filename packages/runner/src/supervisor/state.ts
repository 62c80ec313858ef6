import type { WorkerState } from '@troupe/ipc';

/** What the supervisor needs to know of the options; times in ms. */
export interface Policy {
  wanted: number;
  startTimeout: number;
  warmUpTimeout: number;
  stopTimeout: number;
  /** A worker silent for longer is replaced; null: the nanny is off. */
  tolerance: number | null;
  /** How long the first worker of a reload is watched before the others follow. */
  canary: number;
}

/** A place in the troupe. It outlives the workers that fill it, and remembers how often they failed there. */
export interface Slot {
  readonly index: number;
  /** Failures in a row; forgiven once a worker has been ready for {@link STABLE_AFTER}. */
  failures: number;
  /** When the next worker is forked; null while one is there or none is wanted. */
  forkAt: number | null;
  /** No successor is tried before this. */
  successorAt: number;
  /** How the last worker here ended, for messages. */
  lastExit: string | null;
}

export interface Worker {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  pid: number | null;
  state: Exclude<WorkerState, 'exited'>;
  /** When it entered `state`. */
  since: number;
  /** When it was last heard of. */
  lastBeat: number;
  /** The worker whose place it is to take; null once the place is its own. */
  succeeds: number | null;
  /** Somebody debugs it: no replacement is begun, and the nanny leaves it alone. */
  debugged: boolean;
  /** It has given its place to another one while it is debugged: it takes no traffic, and counts for none. */
  aside: boolean;
  /** When it is sent which signal, if it leaves; null once it was sent. */
  leaving: { termAt: number | null; killAt: number | null } | null;
}

/**
 * `idle → starting → serving → stopping → stopped`; a start that fails goes from `starting` to `stopping`.
 */
export type Phase = 'idle' | 'starting' | 'serving' | 'stopping' | 'stopped';

/**
 * Why a worker is replaced, by whom: `nanny` means that it was silent; `debug` that it does not leave at all but stands
 * aside.
 */
export interface Cause {
  kind: 'recycle' | 'nanny' | 'retire' | 'debug';
  reason: string;
}

/** A voluntary replacement: successor first, then the predecessor leaves. */
export interface Replacement extends Cause {
  readonly predecessor: number;
}

/**
 * A reload is a transaction: successors join one at a time while the whole old generation stays; when the last one is
 * ready the old ones leave. Whatever fails before that ends the successors, and nothing has changed.
 *
 * `joining`: a successor is on its way. `watching`: the first one is watched. `leaving`: committed.
 */
export interface Reload {
  readonly generation: number;
  stage: 'joining' | 'watching' | 'leaving';
  /** The worker of the new generation that is on its way. */
  joining: number | null;
  /** Old workers without a successor yet. */
  remaining: number[];
  /** Old workers that have one, and leave in the end. */
  succeeded: number[];
  /** Old workers that somebody debugs: they stay. */
  skipped: number[];
}

export interface State {
  readonly policy: Policy;
  phase: Phase;
  startedAt: number;
  /** How many workers there should be. */
  wanted: number;
  generation: number;
  slots: Slot[];
  workers: Worker[];
  /** The death queue: first come, first replaced. */
  queue: Replacement[];
  /** The one replacement under way. */
  current: (Replacement & { readonly successor: number }) | null;
  reload: Reload | null;
  /** Somebody asked for another reload while one ran. */
  reloadAgain: boolean;
  /** When crashed workers were forked again, for the cap on intensity. */
  restarts: number[];
  nextId: number;
  /** When `step` wants to be called with `{ type: 'time' }` at the latest; null for never. */
  wakeAt: number | null;
}

/** Why the first generation could not be brought up. */
export interface StartFailure {
  kind: 'stage-failed' | 'stage-timeout' | 'start-timeout';
  worker: number | null;
  stage: string;
  error?: { message: string; stack?: string | undefined } | undefined;
  detail: string;
}

export type Input =
  | { type: 'start' }
  /** The process exists. */
  | { type: 'forked'; id: number; pid: number }
  /** The operating system refused; `random` is in [0, 1). */
  | { type: 'fork-failed'; id: number; reason: string; random: number }
  /** The worker says how far it is. */
  | { type: 'stage'; id: number; state: 'configuring' | 'warming' | 'ready' }
  /** The worker says that a stage failed; it exits by itself. */
  | { type: 'failed'; id: number; stage: string; error: { message: string; stack?: string | undefined } }
  | { type: 'exited'; id: number; code: number | null; signal: string | null; random: number }
  /** A heartbeat. */
  | { type: 'beat'; id: number }
  /** This worker should be replaced. */
  | ({ type: 'replace'; id: number } & Cause)
  | { type: 'pause'; id: number }
  | { type: 'resume'; id: number }
  /** Somebody debugs this worker, and wants it out of rotation, or not. */
  | { type: 'debug'; id: number; aside: boolean }
  /** Somebody wants to debug a worker from its first step on. */
  | { type: 'debug-fresh' }
  /** He is done with it. */
  | { type: 'undebug'; id: number; next: 'return' | 'leave' }
  | { type: 'scale'; wanted: number }
  | { type: 'reload' }
  /** What watching the first worker of a reload has shown; null is good. */
  | { type: 'verdict'; generation: number; problem: string | null }
  | { type: 'stop' }
  /** A deadline may have passed; see `wakeAt`. */
  | { type: 'time' };

export type Effect =
  /** `waits`: until it is told to go on it does nothing, and no connection is given to it before it is resumed. */
  | { type: 'fork'; id: number; slot: number; waits: boolean }
  /** Stop accepting, all of them first; then finish what is in flight and exit. */
  | { type: 'leave'; ids: number[] }
  | { type: 'kill'; id: number; signal: 'SIGTERM' | 'SIGKILL' }
  | { type: 'pause'; id: number }
  | { type: 'resume'; id: number }
  /** All first workers are ready. */
  | { type: 'started' }
  | { type: 'start-failed'; failure: StartFailure }
  /** A replacement has begun, is done, or was given up: the predecessor then serves on. */
  | { type: 'replacing'; predecessor: number; successor: number; reason: string }
  | { type: 'replaced'; predecessor: number; successor: number; reason: string }
  | { type: 'not-replaced'; predecessor: number; reason: string; problem: string }
  /** The successor is ready, and the worker that somebody debugs out of rotation. */
  | { type: 'set-aside'; id: number; successor: number }
  /** Compare this worker with the old generation for `canary` ms, and say what came of it (`verdict`). */
  | { type: 'watch'; id: number; generation: number }
  | { type: 'reload-begun'; generation: number }
  | { type: 'reload-committed'; generation: number; skipped: number[] }
  | { type: 'reloaded'; generation: number; skipped: number[] }
  | { type: 'reload-failed'; generation: number; problem: string }
  /** The last worker is gone. */
  | { type: 'stopped' };

/** A worker that has been ready for this long has not crashed "again", ms. */
export const STABLE_AFTER = 10_000;
/** The second restart of a slot waits this long, each further one twice as long, ms. */
export const FIRST_BACKOFF = 1_000;
/** No restart waits longer, ms. */
export const LAST_BACKOFF = 30_000;
/** In so many ms … */
export const INTENSITY_WINDOW = 10_000;
/** … so many crashed workers at the most are forked again. */
export const restartsAllowed = (wanted: number): number => Math.max(8, 2 * wanted);
/** How long a worker may take to exit when it serves nothing, or does not answer: it failed to start, or froze, ms. */
export const IDLE_GRACE = 2_000;
/** A master that takes up its work so much later than it wanted to has slept, ms. */
export const OVERSLEPT = 1_000;
/** What the master grants on top of `warmUpTimeout`, which the worker itself watches, ms. */
export const WARM_UP_GRACE = 1_000;

export const initialState = (policy: Policy): State => ({
  policy,
  phase: 'idle',
  startedAt: 0,
  wanted: policy.wanted,
  generation: 1,
  slots: [],
  workers: [],
  queue: [],
  current: null,
  reload: null,
  reloadAgain: false,
  restarts: [],
  nextId: 1,
  wakeAt: null,
});

/** Those that take traffic. */
export const readyWorkers = (state: State): Worker[] => state.workers.filter(worker => worker.state === 'ready');

/** Which process stands in which slot. */
export function slotsOf(state: State): Map<number, number> {
  const slots = new Map<number, number>();
  for (const { slot, pid, state: is, aside } of state.workers) {
    if (pid !== null && is !== 'retiring' && !aside) slots.set(slot, pid);
  }
  return slots;
}

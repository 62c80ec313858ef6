import type { WorkerState } from '@troupe/ipc';

/** What the supervisor needs to know of the options; times in ms. */
export interface Policy {
  wanted: number;
  startTimeout: number;
  warmUpTimeout: number;
  stopTimeout: number;
}

/** A place in the troupe. It outlives the workers that fill it, and remembers how often they failed there. */
export interface Slot {
  readonly index: number;
  /** Failures in a row; forgiven once a worker has been ready for {@link STABLE_AFTER}. */
  failures: number;
  /** When the next worker is forked; null while one is there or none is wanted. */
  forkAt: number | null;
  /** How the last worker here ended, for messages. */
  lastExit: string | null;
}

export interface Worker {
  readonly id: number;
  readonly slot: number;
  pid: number | null;
  state: Exclude<WorkerState, 'exited'>;
  /** When it entered `state`. */
  since: number;
  /** When it is sent which signal, if it leaves; null once it was sent. */
  leaving: { termAt: number | null; killAt: number | null } | null;
}

/**
 * `idle → starting → serving → stopping → stopped`; a start that fails goes from `starting` to `stopping`.
 */
export type Phase = 'idle' | 'starting' | 'serving' | 'stopping' | 'stopped';

export interface State {
  readonly policy: Policy;
  phase: Phase;
  startedAt: number;
  slots: Slot[];
  workers: Worker[];
  nextId: number;
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
  /** Somebody asked this one worker to go. */
  | { type: 'terminate'; id: number }
  | { type: 'stop' }
  /** A deadline may have passed; see `nextDeadline`. */
  | { type: 'time' };

export type Effect =
  | { type: 'fork'; id: number; slot: number }
  /** Stop accepting, all of them first; then finish what is in flight and exit. */
  | { type: 'leave'; ids: number[] }
  | { type: 'kill'; id: number; signal: 'SIGTERM' | 'SIGKILL' }
  /** All first workers are ready. */
  | { type: 'started' }
  | { type: 'start-failed'; failure: StartFailure }
  /** The last worker is gone. */
  | { type: 'stopped' };

/** A worker that has been ready for this long has not crashed "again", ms. */
export const STABLE_AFTER = 10_000;
/** The second restart of a slot waits this long, each further one twice as long, ms. */
export const FIRST_BACKOFF = 1_000;
/** No restart waits longer, ms. */
export const LAST_BACKOFF = 30_000;
/** How long a worker may take to exit when it serves nothing: it failed to start, or never finished starting, ms. */
export const IDLE_GRACE = 2_000;
/** What the master grants on top of `warmUpTimeout`, which the worker itself watches, ms. */
export const WARM_UP_GRACE = 1_000;

export const initialState = (policy: Policy): State => ({
  policy,
  phase: 'idle',
  startedAt: 0,
  slots: [],
  workers: [],
  nextId: 1,
});

/** Those that take traffic. */
export const readyWorkers = (state: State): Worker[] => state.workers.filter(worker => worker.state === 'ready');

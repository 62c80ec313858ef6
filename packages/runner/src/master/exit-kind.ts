import type { State, Worker } from '../supervisor/state.ts';

/**
 * Why workers end. Those that were asked: the cluster stops, a reload, a replacement of each kind, `surplus` (scaled away,
 * or a successor that was not needed). Those that were not: an error that nothing caught, SIGABRT (mostly out of memory),
 * another signal, an exit of its own.
 */
export const EXIT_KINDS = [
  'stop',
  'reload',
  'recycle',
  'retire',
  'nanny',
  'debug',
  'surplus',
  'error',
  'aborted',
  'killed',
  'exited',
] as const;
export type ExitKind = (typeof EXIT_KINDS)[number];

/** What is known of the end of a worker process. */
interface End {
  /** What the supervisor knew of it; nothing if it knew it no more. */
  worker: Worker | undefined;
  code: number | null;
  signal: string | null;
  /** The last error that nothing caught, if there was one. */
  uncaught: unknown;
}

/** @param state as it was when the worker ended */
export function exitKind(state: State, { worker, code, signal, uncaught }: End): ExitKind {
  if (worker?.state === 'retiring') return whyAsked(state, worker);
  if (signal !== null) return signal === 'SIGABRT' ? 'aborted' : 'killed';
  return uncaught && code !== 0 ? 'error' : 'exited';
}

function whyAsked({ phase, current, reload }: State, { id }: Worker): ExitKind {
  if (phase === 'stopping') return 'stop';
  if (current?.predecessor === id) return current.kind;
  return reload?.stage === 'leaving' && reload.succeeded.includes(id) ? 'reload' : 'surplus';
}

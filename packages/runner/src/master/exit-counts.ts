import type { State, Worker } from '../supervisor/state.ts';
import type { Exit } from './exit-log.ts';

/**
 * Why workers end, for counting; the words are `exit-reason.ts`'s. Those that were asked: the cluster stops, a reload, a
 * replacement of each kind, `surplus` (scaled away, or a successor that was not needed). Those that were not: an error that
 * nothing caught, SIGABRT (mostly out of memory), another signal, an exit of its own.
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

/** How many workers have ended, by why, since the master started. */
export class ExitCounts {
  readonly #counts = new Map<ExitKind, number>();

  /** @param state as it was when the worker ended */
  add(state: State, exit: Exit): void {
    const kind = exitKind(state, exit);
    this.#counts.set(kind, this.of(kind) + 1);
  }

  of(kind: ExitKind): number {
    return this.#counts.get(kind) ?? 0;
  }
}

function exitKind(state: State, { worker, state: before, code, signal }: Exit): ExitKind {
  if (before?.state === 'retiring') return whyAsked(state, before);
  if (signal !== null) return signal === 'SIGABRT' ? 'aborted' : 'killed';
  return worker.uncaught && code !== 0 ? 'error' : 'exited';
}

function whyAsked({ phase, current, generation }: State, worker: Worker): ExitKind {
  if (phase === 'stopping') return 'stop';
  if (current?.predecessor === worker.id) return current.kind;
  return worker.generation === generation ? 'surplus' : 'reload';
}

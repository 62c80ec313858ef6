import { emitter } from '@troupe/ipc';

/**
 * The steps of a cluster's start, in their order; `lifecycle` events of the emitter carry `{ step, pid, at }`.
 * The order is fixed: docs/lifecycle.md.
 */
export type LifecycleStep =
  | 'master:monitor-configured'
  | 'master:monitor-listening'
  | 'master:forking'
  | 'worker:app-configured'
  | 'worker:server-created'
  | 'worker:warm-up-listening'
  | 'worker:warmed-up'
  | 'worker:warm-up-closed'
  | 'worker:listening'
  | 'worker:runnable-started'
  | 'master:workers-ready'
  | 'master:ecv-up'
  | 'master:stopping'
  | 'master:stopped';

export interface LifecycleEvent {
  step: LifecycleStep;
  pid: number;
  /** ms since the epoch. */
  at: number;
}

/** Tells whoever listens: in a worker itself and the master, in the master itself and the workers. */
export function announce(step: LifecycleStep): void {
  const event: LifecycleEvent = { step, pid: process.pid, at: Date.now() };
  emitter.emit('lifecycle', event);
}

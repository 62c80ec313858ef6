import type { Heartbeat, WorkerExit } from '@troupe/ipc';
import type { Worker } from '../supervisor/state.ts';
import { exitReason } from './exit-reason.ts';
import type { WorkerHandle } from './worker-handle.ts';

/** How many exits are remembered. */
const KEPT = 100;

/** The last exits of workers, the newest first. */
export class ExitLog {
  #exits: readonly WorkerExit[] = [];

  add(exit: WorkerExit): void {
    this.#exits = [exit, ...this.#exits].slice(0, KEPT);
  }

  all(): WorkerExit[] {
    return [...this.#exits];
  }
}

export function toExit(
  handle: WorkerHandle,
  worker: Worker | undefined,
  code: number | null,
  signal: string | null,
  heartbeat: Heartbeat | undefined,
): WorkerExit {
  const asked = worker?.state === 'retiring';
  const { uncaught } = handle;
  return {
    pid: handle.pid ?? 0,
    generation: worker?.generation ?? 0,
    at: Date.now(),
    code,
    signal,
    asked,
    reason: exitReason({ code, signal, asked, uncaught, heartbeat }),
    stack: uncaught?.stack,
  };
}

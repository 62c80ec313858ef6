import type { Heartbeat, WorkerExit } from '@troupe/ipc';
import type { Worker } from '../supervisor/state.ts';
import type { ExitKind } from './exit-kind.ts';
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

/** What the supervisor knows of a process that has just ended. */
export interface Exit {
  worker: WorkerHandle;
  state: Worker | undefined;
  code: number | null;
  signal: string | null;
  kind: ExitKind;
  /** For what reason another one takes its place. */
  replaced: string | undefined;
}

export function toExit(
  { worker, state, code, signal, kind, replaced }: Exit,
  heartbeat: Heartbeat | undefined,
): WorkerExit {
  const { uncaught } = worker;
  return {
    pid: worker.pid ?? 0,
    generation: state?.generation ?? 0,
    at: Date.now(),
    code,
    signal,
    asked: state?.state === 'retiring',
    reason: exitReason({ code, signal, kind, replaced, uncaught, heartbeat }),
    stack: uncaught?.stack,
  };
}

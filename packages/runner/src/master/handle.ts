import type { ReloadResult, WorkerExit, WorkerInfo } from '@troupe/ipc';

/** The cluster, as the master's `listen` and `run` resolve it. */
export interface MasterHandle {
  readonly pid: number;
  /** The bus's socket: `TROUPE_SOCKET` for a monitor process of your own. */
  readonly socket: string;
  /** The workers there are now. */
  workers(): WorkerInfo[];
  /** The last 100 exits of workers with their reasons, the newest first. */
  exits(): WorkerExit[];
  /** Takes workers out of rotation, all by default; they keep their connections and their state. @throws TROUPE_ERR_NO_WORKER */
  pause(pids?: readonly number[]): WorkerInfo[];
  /** Puts them back. @throws TROUPE_ERR_NO_WORKER */
  resume(pids?: readonly number[]): WorkerInfo[];
  /** Queues the replacement of a worker: successor first. @throws TROUPE_ERR_NO_WORKER */
  retire(pid: number, reason?: string): void;
  /**
   * A rolling reload, a transaction: resolves when the new generation serves and the old one has left; rejects with
   * `TROUPE_ERR_RELOAD_FAILED` and the reason when it was rolled back, the old generation as it was.
   */
  reload(): Promise<ReloadResult>;
  /** How many workers there should be from now on. @throws TROUPE_ERR_OPTIONS */
  scale(wanted: number): WorkerInfo[];
  /**
   * Takes the cluster out of traffic, finishes what is in flight, and ends every process but this one: what SIGTERM
   * does, without exiting. Resolves when nothing is left; the work in flight may take up to `stopTimeout`.
   */
  shutdown(): Promise<void>;
  /** Ends the workers at once, with what they have in flight. Resolves when nothing is left. */
  stop(): Promise<void>;
}

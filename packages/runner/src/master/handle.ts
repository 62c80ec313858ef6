import type { WorkerInfo } from '@troupe/ipc';

/** The cluster, as the master's `listen` and `run` resolve it. */
export interface MasterHandle {
  readonly pid: number;
  /** The bus's socket: `TROUPE_SOCKET` for a monitor process of your own. */
  readonly socket: string;
  /** The workers there are now. */
  workers(): WorkerInfo[];
  /**
   * Takes the cluster out of traffic, finishes what is in flight, and ends every process but this one: what SIGTERM
   * does, without exiting. Resolves when nothing is left; the work in flight may take up to `stopTimeout`.
   */
  shutdown(): Promise<void>;
  /** Ends the workers at once, with what they have in flight. Resolves when nothing is left. */
  stop(): Promise<void>;
}

import type { Server } from 'node:net';
import type { MasterHandle } from './master/handle.ts';

/** What `listen` and `run` resolve to. */
export interface Resolved {
  /** The application's server in a worker, the monitor's in the master; null in a worker of `run`. */
  server: Server | null;
  /** The application in a worker (of `run`: what `runnable` returned), the monitor's in the master. */
  app: unknown;
  /** The port or Unix socket path of `server`. */
  port: number | string | undefined;
  /** The cluster, in the master; null in a worker. */
  master: MasterHandle | null;
  /** This worker, in a worker; null in the master. */
  worker: { pid: number } | null;
}

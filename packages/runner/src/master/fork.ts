import cluster, { type Worker as ClusterWorker } from 'node:cluster';
import { SOCKET_VARIABLE } from '@troupe/ipc';
import { type Assignment, toEnvironment } from '../assignment.ts';

/** What every worker of this cluster has in common. */
export interface Birth {
  /** The bus. */
  socket: string;
  /** Expose `gc()`. */
  exposeGc: boolean;
}

/** Forks one worker. `process.pid` is undefined, and `error` follows, when the operating system refuses. */
export function fork(birth: Birth, assignment: Assignment, environment: Record<string, string>): ClusterWorker {
  cluster.setupPrimary({ execArgv: execArgv(birth) });
  return cluster.fork({
    ...environment,
    ...toEnvironment(assignment),
    [SOCKET_VARIABLE]: birth.socket,
    ...(process.env.NODE_OPTIONS && {
      NODE_OPTIONS: withoutInspector(process.env.NODE_OPTIONS.split(/\s+/)).join(' '),
    }),
  });
}

function execArgv({ exposeGc }: Birth): string[] {
  return [...withoutInspector(process.execArgv), ...(exposeGc ? ['--expose-gc'] : [])];
}

/** A worker that inherited `--inspect` would open a debugging port of its own. */
const withoutInspector = (flags: readonly string[]) => flags.filter(flag => !/^--(inspect|debug)(-|=|$)/.test(flag));

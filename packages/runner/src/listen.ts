import cluster from 'node:cluster';
import { TroupePromise } from '@troupe/ipc';
import { takeAssignment } from './assignment.ts';
import { RunnerError } from './errors.ts';
import type { App, ListenOptions, RunOptions } from './options/options.ts';
import type { Resolved } from './resolved.ts';
import { Worker } from './worker/worker.ts';

/**
 * Workers are many, and must not wait for what only the master uses. A primary loads it without being
 * asked: whoever imports this package there is about to be a master.
 */
const loading = cluster.isPrimary ? import('./master/master.ts') : undefined;
// If that fails, listen() says why.
loading?.catch(() => undefined);

type Started = 'listen' | 'run';
let started: Started | undefined;

/** Whether this process is the master of the cluster that `listen` starts, or one of its workers. */
export const isMaster: boolean = cluster.isPrimary;
export const isWorker: boolean = cluster.isWorker;

/**
 * Runs an HTTP application on every core: the same script calls it in the master and, by fork, in every worker.
 *
 * In the master it resolves when all first workers have warmed up and listen, and the health check is green. In a
 * worker it resolves when that worker listens.
 *
 * It rejects, with everything stopped again, when the first generation cannot be brought up: `TROUPE_ERR_OPTIONS`,
 * `TROUPE_ERR_ADDRESS_IN_USE`, `TROUPE_ERR_STAGE_FAILED` (an application's `configureApp`, `createServer` or `warmUp`
 * threw), `TROUPE_ERR_STAGE_TIMEOUT` (it never settled), `TROUPE_ERR_START_TIMEOUT` (workers died until `startTimeout`),
 * `TROUPE_ERR_STOPPED` (a signal came first), `TROUPE_ERR_ALREADY_STARTED`. The process then exits with code 1 unless
 * the program sets another one.
 */
export function listen<A extends App>(options: ListenOptions<A>): TroupePromise<Resolved> {
  return start('listen', options);
}

/** The same lifecycle for a pool of processes that serve no port; see {@link RunOptions.runnable}. */
export function run<T>(options: RunOptions<T>): TroupePromise<Resolved> {
  return start('run', options);
}

function start(kind: Started, options: object): TroupePromise<Resolved> {
  if (started) {
    const message = `${kind}() was called after ${started}() in the same process; a process belongs to one cluster, once`;
    return TroupePromise.reject(new RunnerError('TROUPE_ERR_ALREADY_STARTED', message)) as TroupePromise<Resolved>;
  }
  started = kind;
  return TroupePromise.resolve(startHere(kind, options)) as TroupePromise<Resolved>;
}

async function startHere(kind: Started, options: object): Promise<Resolved> {
  try {
    return await (loading ? startMaster(await loading, kind, options) : startWorker(kind, options));
  } catch (error) {
    process.exitCode ??= 1;
    throw error;
  }
}

async function startMaster({ Master }: Awaited<NonNullable<typeof loading>>, kind: Started, options: object) {
  const master = await Master.create(kind, options);
  return master.start();
}

async function startWorker(kind: Started, options: object): Promise<Resolved> {
  const assignment = takeAssignment(process.env);
  if (assignment) return new Worker(options, assignment).start(kind);
  const message = `${kind}() was called in a cluster worker that no Troupe master forked; call it in the primary process`;
  throw new RunnerError('TROUPE_ERR_NO_MASTER', message);
}

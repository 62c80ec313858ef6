import type { MetricFamily } from '../metric-family.ts';
import type { CacheEntry, CacheSummary } from './cache.ts';
import type { ClusterReport, LogLine, ProcessReport, ReloadResult, TrafficReport } from './cluster.ts';
import type { DebugLease, DebugReport } from './debugging.ts';
import type { Failure } from './failure.ts';
import type { Heartbeat, WorkDone, WorkerExit, WorkerInfo, WorkerStage } from './worker.ts';

/**
 * Every request: its parameters and its result. Packages that serve requests of their own add to it by declaration
 * merging.
 */
export interface Requests {
  /** master: the workers it has. */
  'workers.list': { params: undefined; result: WorkerInfo[] };
  /** master: what each worker said last of itself. */
  'workers.vitals': { params: undefined; result: Heartbeat[] };
  /** master: the last exits, the newest first. */
  'workers.exits': { params: undefined; result: WorkerExit[] };
  /** master: take these workers out of rotation, or all; they keep what they have. */
  'workers.pause': { params: { pids?: number[] | undefined }; result: WorkerInfo[] };
  /** master: put them back. */
  'workers.resume': { params: { pids?: number[] | undefined }; result: WorkerInfo[] };
  /** master: replace one worker, successor first. Answered when it is queued. */
  'workers.retire': { params: { pid: number; reason: string }; result: undefined };
  /** master: a rolling reload. Answered when it is done; rejects, with the old generation intact, when it failed. */
  'cluster.reload': { params: undefined; result: ReloadResult };
  /** master: how the cluster is as a whole. */
  'cluster.report': { params: undefined; result: ClusterReport };
  /** master: how many workers there should be. */
  'cluster.scale': { params: { wanted: number }; result: WorkerInfo[] };
  /** master: end every worker in order, or at once. */
  'cluster.stop': { params: { immediate: boolean }; result: undefined };
  /** master: whether the cluster should get traffic. */
  'traffic.report': { params: undefined; result: TrafficReport };
  /**
   * master: what all processes measure, added up, and what the dead had counted. Workers that have not answered after
   * `timeout` ms count with what they said last.
   */
  'metrics.collect': { params: { timeout: number }; result: MetricFamily[] };
  /** master: put the cluster in or out of traffic. */
  'traffic.mark': { params: { mark: 'up' | 'down'; by: string }; result: TrafficReport };
  /** any process of the cluster: the lines it logged since then (ms since the epoch), as far as it remembers them. */
  'log.lines': { params: { since: number }; result: LogLine[] };
  /** master: who debugs what; the event `debug-leases` carries the same whenever it changes. */
  'debug.leases': { params: undefined; result: DebugLease[] };
  /**
   * master: somebody wants to debug this worker; `aside`, once a successor has taken its place. Answered when he can. A
   * worker that is debugged already is joined.
   */
  'debug.begin': { params: { pid: number; aside: boolean; by: string }; result: DebugLease };
  /** master: fork a worker that waits before `configureApp`. Answered when it waits. */
  'debug.fresh': { params: { by: string }; result: DebugLease };
  /** master: let it run. */
  'debug.run': { params: { pid: number }; result: DebugLease };
  /** master: somebody is there, and wants to go on. */
  'debug.extend': { params: { pid: number }; result: DebugLease };
  /** master: how debugging goes. Rejects when nobody debugs that worker any more. */
  'debug.report': { params: DebugReport; result: DebugLease };
  /**
   * master: debugging ends. The worker returns to rotation, or leaves; one that does not answer is replaced, unless it has
   * only been measured (`stay`) and its nanny will see.
   */
  'debug.end': { params: { pid: number; next: 'return' | 'leave' | 'stay' }; result: undefined };
  /** master: where the cache manager listens, once it does; null where the cache is switched off. */
  'cache.open': { params: undefined; result: { socket: string | null } };
  /** master: the process of the cache manager; null where there is none, or it does not answer. */
  'cache.manager': { params: undefined; result: ProcessReport | null };
  /** master → cache manager: how it is. */
  'cache.report': { params: undefined; result: ProcessReport };
  /** master: every cache. */
  'cache.list': { params: undefined; result: CacheSummary[] };
  /** master: every cache, and the pid of the process that has counted; null while no manager runs. It starts none. */
  'cache.counts': { params: undefined; result: { manager: number; caches: CacheSummary[] } | null };
  /** master: about a thousand keys; `next` is where the next page begins, and absent after the last. */
  'cache.keys': {
    params: { name: string; cursor?: number | undefined };
    result: { keys: string[]; next?: number | undefined };
  };
  /** master: these entries, but for those that are gone. */
  'cache.entries': { params: { name: string; keys: string[] }; result: CacheEntry[] };
  /** master: delete these entries, in every process. */
  'cache.delete': { params: { name: string; keys: string[] }; result: undefined };
  /** worker → master: how far it is; repeated after each reconnect. */
  'worker.stage': { params: WorkerStage; result: undefined };
  /** worker → master: a stage of its start failed; it exits by itself. */
  'worker.failed': { params: { id: number; stage: string; error: Failure }; result: undefined };
  /** worker → master: it was sent SIGTERM, what now? The master answers with `worker.leave` when it should go. */
  'worker.terminated': { params: { id: number }; result: undefined };
  /** master → worker: what it has done; a new generation is judged by it. */
  'worker.done': { params: undefined; result: WorkDone };
  /** master → worker: open the private sockets of its agent and its application. */
  'worker.debug': { params: undefined; result: undefined };
  /** master → worker: see the clients off, they find another worker; answered when none is left. */
  'worker.shed': { params: undefined; result: undefined };
  /** master → worker: run, if it waits. */
  'worker.run': { params: undefined; result: undefined };
  /** master → worker: close the application's private socket. Whether it answers tells whether it runs. */
  'worker.undebug': { params: undefined; result: undefined };
  /** master → worker: tell all that you measure, by the event `metrics`. Answered when that is told. */
  'worker.metrics': { params: undefined; result: undefined };
  /** master → worker: take no new connections; answered when the last one on its way has arrived. */
  'worker.unlisten': { params: undefined; result: undefined };
  /** master → worker: finish what is in flight, have yourself examined if there is to be an autopsy, then exit. */
  'worker.leave': { params: { autopsy: boolean }; result: undefined };
  /**
   * worker → master: nobody waits for it, and its agent listens: look into it now. `heap` is what V8 has in use, bytes.
   * Answered when that is done, or was given up.
   */
  'worker.autopsy': { params: { id: number; heap: number }; result: undefined };
  /** master: who has registered which statuses. */
  'status.directory': { params: undefined; result: (readonly [pid: number, names: readonly string[]])[] };
  /** anybody: what this process shows as its status of that name. */
  'status.view': { params: { name: string }; result: unknown };
  /** anybody: set it. The result is what its update function returned. */
  'status.update': { params: { name: string; value: unknown }; result: unknown };
}
export type RequestName = keyof Requests;
export type Params<N extends RequestName> = Requests[N]['params'];
export type Result<N extends RequestName> = Requests[N]['result'];

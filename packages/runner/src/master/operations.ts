import type { Client, ClusterReport, ReloadResult, WorkerExit, WorkerInfo } from '@troupe/ipc';
import { RunnerError } from '../errors.ts';
import { clusterReport } from './cluster-report.ts';
import type { ExitLog } from './exit-log.ts';
import type { Reloads } from './reloads.ts';
import type { Supervision } from './supervise.ts';

/** What may be asked of a cluster: by its handle in the master, and over the bus by every other process. */
export class Operations {
  readonly #supervision: Supervision;
  readonly #reloads: Reloads;
  readonly #exits: ExitLog;
  readonly #heartbeatInterval: number;

  constructor(supervision: Supervision, reloads: Reloads, exits: ExitLog, heartbeatInterval: number) {
    this.#supervision = supervision;
    this.#reloads = reloads;
    this.#exits = exits;
    this.#heartbeatInterval = heartbeatInterval;
  }

  workers(): WorkerInfo[] {
    return this.#supervision.workers();
  }

  exits(): WorkerExit[] {
    return this.#exits.all();
  }

  report(): ClusterReport {
    return clusterReport(this.#supervision.state, this.#heartbeatInterval, id => this.#supervision.pidOf(id));
  }

  pause(pids?: readonly number[]): WorkerInfo[] {
    for (const id of this.#ids(pids)) this.#supervision.dispatch({ type: 'pause', id });
    return this.workers();
  }

  resume(pids?: readonly number[]): WorkerInfo[] {
    for (const id of this.#ids(pids)) this.#supervision.dispatch({ type: 'resume', id });
    return this.workers();
  }

  retire(pid: number, reason: string): void {
    for (const id of this.#ids([pid])) this.#supervision.dispatch({ type: 'replace', id, kind: 'retire', reason });
  }

  reload(): Promise<ReloadResult> {
    return this.#reloads.request();
  }

  scale(wanted: number): WorkerInfo[] {
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > 1024) {
      throw new RunnerError('TROUPE_ERR_OPTIONS', `scale(${wanted}): give a whole number of workers, 1 to 1024`);
    }
    this.#supervision.dispatch({ type: 'scale', wanted });
    return this.workers();
  }

  /** Answers for everybody on the bus. Returns what ends it. */
  serve(client: Client): () => void {
    const handlers = [
      client.handle('workers.list', () => this.workers()),
      client.handle('workers.exits', () => this.exits()),
      client.handle('workers.pause', ({ pids }) => this.pause(pids)),
      client.handle('workers.resume', ({ pids }) => this.resume(pids)),
      client.handle('workers.retire', ({ pid, reason }) => {
        this.retire(pid, reason);
        return undefined;
      }),
      client.handle('cluster.report', () => this.report()),
      client.handle('cluster.reload', () => this.reload()),
      client.handle('cluster.scale', ({ wanted }) => this.scale(wanted)),
    ];
    return () => {
      for (const remove of handlers) remove();
    };
  }

  #ids(pids: readonly number[] = this.workers().map(({ pid }) => pid)): number[] {
    return pids.map(pid => {
      const id = this.#supervision.idOf(pid);
      if (id === undefined) throw new RunnerError('TROUPE_ERR_NO_WORKER', `${pid} is no worker of this cluster`);
      return id;
    });
  }
}

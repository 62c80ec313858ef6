import type { Worker as ClusterWorker } from 'node:cluster';
import { isUncaught, type UncaughtMessage } from '../uncaught-message.ts';

/** The master's view of one worker process; what runs in the process is in `worker/worker.ts`. */
export class WorkerHandle {
  readonly id: number;
  readonly forkedAt = Date.now();
  /** The last error in it that nothing caught. */
  uncaught: UncaughtMessage | undefined;
  readonly #process: ClusterWorker;

  constructor(
    id: number,
    process: ClusterWorker,
    gone: { exited(code: number | null, signal: string | null): void; unborn(error: Error): void },
  ) {
    this.id = id;
    this.#process = process;
    process.process.on('internalMessage', (message: unknown) => {
      if (isUncaught(message)) this.uncaught = message;
    });
    // What it said last may be read one turn of the loop after its end.
    process.once('exit', (code: number | null, signal: string | null) => setImmediate(() => gone.exited(code, signal)));
    // Also emitted when a message or a signal cannot be delivered to a process that is just dying: `exit` follows then.
    process.on('error', (error: Error) => {
      if (this.pid === undefined) gone.unborn(error);
    });
  }

  /** node:cluster's number of it. */
  get clusterId(): number {
    return this.#process.id;
  }

  /** Undefined when the process could not be made. */
  get pid(): number | undefined {
    return this.#process.process.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.process.kill(signal);
  }
}

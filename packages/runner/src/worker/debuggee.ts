import type { Server } from 'node:net';
import { type Client, deferred } from '@troupe/ipc';
import { debugSockets } from '../debugging/sockets.ts';
import type { Log } from '../log/log.ts';
import type { Departure } from './departure.ts';
import { Door } from './door.ts';

/** How long after a worker is ready its agent is put on standby, ms: not while others still start. */
const STANDBY_DELAY = 1_000;

interface DebuggeeOptions {
  client: Client;
  log: Pick<Log, 'warn'>;
  /** The path of the bus. */
  bus: string;
  /** Whether the agent stays once it is there. */
  standby: boolean;
  /** The application's server, and how its clients are seen off, once there is one. */
  served(): { server: Server | undefined; departure: Departure | undefined } | undefined;
}

/** What a worker does to be debugged. That its main thread stands still is not its business: the agent has a thread of its own. */
export class Debuggee {
  readonly #options: DebuggeeOptions;
  readonly #run = deferred<void>();
  #door: Door | undefined;

  constructor(options: DebuggeeOptions) {
    this.#options = options;
    const { client } = options;
    client.handle('worker.debug', async () => {
      await Promise.all([this.#startAgent(), this.#openDoor()]);
      return undefined;
    });
    client.handle('worker.shed', async () => {
      await this.#options.served()?.departure?.shed();
      return undefined;
    });
    client.handle('worker.run', () => {
      // Not before the answer has left: the program may stop in its first line.
      setImmediate(() => this.#run.resolve());
      return undefined;
    });
    client.handle('worker.undebug', () => {
      this.#options.served()?.departure?.keep();
      this.#closeDoor();
      return undefined;
    });
  }

  /** Resolves when somebody says so: breakpoints are set by then. */
  get told(): Promise<void> {
    return this.#run.promise;
  }

  /** Has the agent ready for the time when this process cannot start one any more. */
  standBy(): void {
    setTimeout(() => {
      this.#startAgent().catch((error: unknown) =>
        this.#options.log.warn('no debugging agent could be put on standby', { err: error }),
      );
    }, STANDBY_DELAY).unref();
  }

  /** Has the master count the objects of this process. While it does nothing else happens here. */
  async examine(id: number, timeout: number): Promise<void> {
    const { client, log } = this.#options;
    // Not import('node:v8'): no worker should wait for it before it serves.
    const { used_heap_size: heap } = process.getBuiltinModule('node:v8').getHeapStatistics();
    try {
      await this.#startAgent();
      await client.request('master', 'worker.autopsy', { id, heap }, { timeout });
    } catch (error) {
      log.warn('this worker could not be examined', { err: error });
    }
  }

  /** A worker that was not there yet when debugging began has a door from here on. */
  async serves(): Promise<void> {
    if (this.#wantsDoor) await this.#openDoor();
  }

  #wantsDoor = false;

  async #startAgent(): Promise<void> {
    const { bus, standby, log } = this.#options;
    // Most workers are never debugged, and do not load this.
    const { startAgent } = await import('@troupe/debug-middleware/agent');
    const failed = (error: Error) => log.warn('the debugging agent has ended', { err: error });
    await startAgent({ socket: debugSockets(bus, process.pid).agent, standby }, failed);
  }

  async #openDoor(): Promise<void> {
    this.#wantsDoor = true;
    const { server } = this.#options.served() ?? {};
    if (!server || this.#door) return;
    this.#door = await Door.open(server, debugSockets(this.#options.bus, process.pid).door);
  }

  #closeDoor(): void {
    this.#wantsDoor = false;
    this.#door?.close();
    this.#door = undefined;
  }
}

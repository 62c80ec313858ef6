import type { Server } from 'node:net';
import { Accounting } from './accounting.ts';
import { Connections } from './connections.ts';
import { Departure } from './departure.ts';

/**
 * What the application listens with besides the server that `createServer` returned: clients of its other ports are not
 * cut off either when the worker leaves. Servers of this process alone (`exclusive: true`) are the application's matter.
 */
export class OtherServers {
  /** Undefined: somebody else sees it off. */
  readonly #departures = new WeakMap<Server, Departure | undefined>();
  readonly #listening = new Set<Server>();

  /** This one is seen off by somebody else. */
  except(server: Server): void {
    this.#departures.set(server, undefined);
  }

  /** One that is about to listen, maybe not for the first time. */
  add(server: Server): void {
    if (this.#departures.has(server)) return;
    this.#departures.set(server, new Departure(server, new Connections(server), new Accounting(server)));
    server.on('listening', () => this.#listening.add(server));
    server.on('close', () => this.#listening.delete(server));
  }

  /** Resolves when the last connection of the last one is closed. */
  async leave(): Promise<void> {
    await Promise.all(Array.from(this.#listening, server => this.#departures.get(server)?.leave()));
  }
}

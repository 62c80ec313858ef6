import type { Server } from 'node:net';
import { Accounting } from './accounting.ts';
import { Connections } from './connections.ts';
import { Departure } from './departure.ts';

/**
 * What the application listens with besides the server that `createServer` returned: clients of its other ports are not
 * cut off either when the worker leaves. Servers of this process alone (`exclusive: true`) are the application's matter.
 */
export class OtherServers {
  readonly #departures = new Map<Server, Departure | undefined>();

  /** This one is seen off by somebody else. */
  except(server: Server): void {
    this.#departures.set(server, undefined);
  }

  /** One that is about to listen. */
  add(server: Server): void {
    if (this.#departures.has(server)) return;
    this.#departures.set(server, new Departure(server, new Connections(server), new Accounting(server)));
  }

  /** Resolves when the last connection of the last one is closed. */
  async leave(): Promise<void> {
    await Promise.all(Array.from(this.#departures.values(), departure => departure?.leave()));
  }
}

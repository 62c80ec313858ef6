import type { Server } from 'node:net';

/** How often a full server is asked whether it has room again, ms: a connection has closed, or its limit was raised. */
const PERIOD = 10;

/** What Node compares (lib/net.js), and what it keeps to itself of it. */
type Counting = Server & { _connections?: number; dropMaxConnection?: boolean };

/** Whether a server takes one more connection, or is at its `maxConnections`. */
export class Room {
  readonly #server: Server;
  readonly #tell: (isFull: boolean) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param tell hears when the server is found full, and when it has room again */
  constructor(server: Server, tell: (isFull: boolean) => void) {
    this.#server = server;
    this.#tell = tell;
  }

  isThere(): boolean {
    if (!isFull(this.#server)) return true;
    if (this.#timer) return false;
    this.#tell(true);
    this.#timer = setInterval(() => {
      if (isFull(this.#server)) return;
      this.stop();
      this.#tell(false);
    }, PERIOD).unref();
    return false;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** A server with `dropMaxConnection` (Node 22.12 on) wants to be given what is too much, to drop it itself. */
function isFull({ maxConnections, _connections, dropMaxConnection }: Counting): boolean {
  if (maxConnections === undefined || maxConnections === null || dropMaxConnection) return false;
  return _connections !== undefined && _connections >= maxConnections;
}

import type { Server, Socket } from 'node:net';

/** What `http.Server` keeps of its connections; not public. */
interface ConnectionsList {
  /** The parsers of those on which no message has begun. */
  idle(): { socket: Socket }[];
}

/** How Node's servers call the place where they keep it (20 to 26). */
const PLACE = 'http.server.connections';

/**
 * Which connections of a server `closeIdleConnections()` would close: those on which no message has begun. One whose
 * request has arrived in part is not idle, however long the rest takes.
 */
export class IdleConnections {
  readonly #list: ConnectionsList | undefined;
  /** As of now: whoever asks for one connection asks for many. */
  #idle: Set<Socket> | undefined;

  constructor(server: Server) {
    const place = Object.getOwnPropertySymbols(server).find(({ description }) => description === PLACE);
    const list = place && Reflect.get(server, place);
    this.#list = typeof list?.idle === 'function' ? list : undefined;
  }

  /** True also where nobody knows: for a server that is not HTTP/1, or of a Node that has another inside. */
  has(socket: Socket): boolean {
    if (!this.#list) return true;
    if (!this.#idle) {
      this.#idle = new Set(this.#list.idle().map(parser => parser.socket));
      setImmediate(() => {
        this.#idle = undefined;
      });
    }
    return this.#idle.has(socket);
  }
}

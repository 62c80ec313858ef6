import type { ServerResponse } from 'node:http';
import { Server, type Socket } from 'node:net';
import type { Accounting } from './accounting.ts';
import type { Connections } from './connections.ts';
import { IdleConnections } from './idle-connections.ts';
import { WebSockets } from './web-sockets.ts';

/**
 * How long an idle keep-alive connection stays open while its worker leaves, ms. Its next request may be on its way:
 * closing idle connections at once failed about 22 requests per replacement, lingering this long failed none.
 */
export const LINGER = 1_000;
/** How old a connection is before nobody expects its first request any more, ms: a client that just connected may be slow. */
const FIRST_REQUEST = 3_000;

/**
 * How a server is left without a reset: first it takes no new connections, then each request on an open connection is
 * answered with `Connection: close`, then connections that stay idle are closed; what is in flight is finished. HTTP/2
 * sessions are told by GOAWAY, WebSockets by a Close frame with status 1001.
 */
export class Departure {
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #accounting: Accounting;
  readonly #webSockets: WebSockets;
  readonly #idle: IdleConnections;
  /** The last request of each connection, whose answer says that it is the last. */
  readonly #last = new WeakMap<Socket, ServerResponse>();
  readonly #linger: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed: Promise<void> | undefined;

  constructor(server: Server, connections: Connections, accounting: Accounting, linger = LINGER) {
    this.#server = server;
    this.#connections = connections;
    this.#accounting = accounting;
    this.#webSockets = new WebSockets(server);
    this.#idle = new IdleConnections(server);
    this.#linger = linger;
  }

  /** Closes the listener and nothing else: `http.Server.close` would close idle connections with it. */
  unlisten(): void {
    this.#closed ??= new Promise(resolve => {
      if (!this.#server.listening) return resolve();
      Server.prototype.close.call(this.#server, () => resolve());
    });
  }

  /** Resolves when the last connection is closed. */
  async leave(): Promise<void> {
    this.unlisten();
    this.#seeOff();
    await this.#closed;
    this.#clearTimers();
  }

  /**
   * Has all clients go, in the same way, while the server listens on; resolves when none is left. Its connections come
   * again to others, who get them meanwhile.
   */
  async shed(): Promise<void> {
    this.#seeOff();
    await this.#connections.gone();
  }

  /** From now on clients stay again. */
  keep(): void {
    this.#accounting.onResponse = undefined;
    this.#clearTimers();
  }

  #seeOff(): void {
    this.#accounting.onResponse = response => this.#sayFarewell(response);
    for (const transaction of this.#accounting.inFlight) {
      if ('setHeader' in transaction) this.#sayFarewell(transaction);
    }
    this.#webSockets.goAway(this.#linger);
    for (const session of this.#connections.sessions) session.close();
    for (const socket of this.#connections.sockets.keys()) this.#closeWhenIdle(socket);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #sayFarewell(response: ServerResponse): void {
    const { socket } = response.req;
    const before = this.#last.get(socket);
    this.#last.set(socket, response);
    // A client that does not wait for its answers has sent another request: Node closes after an answer that says so.
    if (before && !before.headersSent) before.removeHeader('Connection');
    if (!response.headersSent) response.setHeader('Connection', 'close');
    // One whose headers were sent before keeps its connection, and may be followed by another request.
    response.once('close', () => !socket.destroyed && this.#closeWhenIdle(socket));
  }

  #closeWhenIdle(socket: Socket): void {
    if (!isHttp1(socket)) return;
    const { bytesRead } = socket;
    const close = () => {
      this.#timers.delete(timer);
      if (socket.destroyed || this.#isBusy(socket)) return;
      if (socket.bytesRead === bytesRead && this.#isIdle(socket)) socket.destroy();
      else this.#closeWhenIdle(socket);
    };
    // A process that is late reads what has come meanwhile before it judges: timers run before sockets are looked at.
    const timer = setTimeout(() => setImmediate(close), this.#lingerOf(socket));
    this.#timers.add(timer);
  }

  #lingerOf(socket: Socket): number {
    const since = this.#connections.sockets.get(socket);
    if (socket.bytesRead > 0 || since === undefined) return this.#linger;
    return Math.max(this.#linger, since + FIRST_REQUEST - performance.now());
  }

  /** Its response will bring it back here. */
  #isBusy(socket: Socket): boolean {
    return [...this.#accounting.inFlight].some(
      transaction => 'req' in transaction && transaction.req.socket === socket,
    );
  }

  /** One whose first request nobody has begun to send; or which waits for another, of which nothing has come. */
  #isIdle(socket: Socket): boolean {
    return socket.bytesRead === 0 || this.#idle.has(socket);
  }
}

/** Node keeps the HTTP/1 parser of a connection on its socket, and takes it away when the connection is upgraded. */
const isHttp1 = (socket: Socket) => Boolean(Reflect.get(socket, 'parser'));

import type { Http2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { type Deferred, deferred } from '@troupe/ipc';
import { isTls } from './protocol-of.ts';

/** The open connections of one server, and the HTTP/2 sessions on them. */
export class Connections {
  /** … and since when (`performance.now()`). */
  readonly sockets = new Map<Socket, number>();
  readonly sessions = new Set<Http2Session>();
  /** Of clients, since the beginning: those of warming up are taken off. */
  total = 0;
  #whenGone: Deferred<void> | undefined;

  constructor(server: Server) {
    const forget = (socket: Socket) => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.#whenGone?.resolve();
    };
    // Shared by all connections, so that none costs a closure.
    const close = function (this: Socket) {
      forget(this);
    };
    server.on(isTls(server) ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.total += 1;
      this.sockets.set(socket, performance.now());
      socket.on('close', close);
    });
    server.on('session', (session: Http2Session) => {
      this.sessions.add(session);
      session.once('close', () => this.sessions.delete(session));
    });
  }

  /** Resolves when none is open. */
  gone(): Promise<void> {
    if (this.sockets.size === 0) return Promise.resolve();
    this.#whenGone = deferred();
    return this.#whenGone.promise;
  }

  destroyAll(): void {
    for (const session of this.sessions) session.destroy();
    for (const socket of this.sockets.keys()) socket.destroy();
  }
}

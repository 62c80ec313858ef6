import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';

/** A server's Close frame with status 1001, "going away": RFC 6455, sections 5.5.1 and 7.4.1. */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);

/**
 * The WebSockets of one server, whichever library serves them: sockets whose handshake was seen. Where nobody listens to
 * `upgrade` this must not either, or requests to upgrade would no longer reach the application as requests.
 */
export class WebSockets {
  readonly #sockets = new Set<Duplex>();

  constructor(server: Server) {
    const see = (req: IncomingMessage, socket: Duplex) => {
      if (req.headers.upgrade?.toLowerCase() !== 'websocket') return;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    };
    const watch = () => server.prependListener('upgrade', see);
    if (server.listenerCount('upgrade') > 0) watch();
    else {
      const onListener = (event: string) => {
        if (event !== 'upgrade') return;
        server.off('newListener', onListener);
        watch();
      };
      server.on('newListener', onListener);
    }
  }

  /** Tells every client that this end goes away; whoever has not closed after `patience` ms is closed. */
  goAway(patience: number): void {
    for (const socket of this.#sockets) {
      socket.write(GOING_AWAY);
      const timer = setTimeout(() => socket.destroy(), patience);
      socket.once('close', () => clearTimeout(timer));
    }
  }
}

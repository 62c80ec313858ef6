import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server as Engine } from 'engine.io';
import { Server } from 'socket.io';
import type { History } from '../cluster/history.ts';
import type { PageEvents, ServerEvents } from '../view.ts';
import { createFeeds } from './feeds.ts';
import { type Surroundings, Visitor } from './visitor.ts';

/** Bytes that a page may send at once: it only sends short orders. */
const MAX_MESSAGE = 64 * 1024;

/**
 * The pages that are open. It listens to no server by itself: the requests and upgrades it gets have passed the guard.
 * What changes is encoded once for all pages.
 */
export class Live {
  readonly #engine = new Engine({ maxHttpBufferSize: MAX_MESSAGE });
  readonly #io = new Server<PageEvents, ServerEvents>({ serveClient: false });
  readonly #feeds: Surroundings['feeds'];

  constructor(around: Omit<Surroundings, 'feeds'>, history: History) {
    this.#feeds = createFeeds(around.bus, history, (feed, delta) => {
      this.#io.to(feed).emit('delta', feed, delta);
    });
    this.#io.bind(this.#engine);
    this.#io.on('connection', socket => new Visitor(socket, { ...around, feeds: this.#feeds }));
  }

  handleRequest(req: IncomingMessage, res: ServerResponse): void {
    this.#engine.handleRequest(req as never, res);
  }

  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#engine.handleUpgrade(req as never, socket, head);
  }

  close(): void {
    for (const feed of Object.values(this.#feeds)) feed.close();
    this.#io.disconnectSockets(true);
    this.#engine.close();
  }
}

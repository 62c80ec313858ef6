import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Of each server one, so that however often something is mounted on it, it has one listener of ours. */
const byServer = new WeakMap<Server, Upgrades>();

/**
 * Has upgrades to a path, and to what is below it, handled. Other listeners of the server keep theirs; and an upgrade
 * that nobody listens for stays the ordinary request that it was before: there are clients that offer one with every
 * request (`Upgrade: h2c`).
 * @returns the function that stops it
 */
export function onUpgrade(server: Server, path: string, handler: UpgradeHandler): () => void {
  const upgrades = byServer.get(server) ?? new Upgrades(server);
  byServer.set(server, upgrades);
  return upgrades.add(path, handler);
}

class Upgrades {
  readonly #server: Server;
  readonly #handlers = new Map<string, UpgradeHandler>();

  constructor(server: Server) {
    this.#server = server;
  }

  add(path: string, handler: UpgradeHandler): () => void {
    if (this.#handlers.size === 0) this.#server.on('upgrade', this.#route);
    this.#handlers.set(path, handler);
    return () => {
      if (this.#handlers.get(path) !== handler) return;
      this.#handlers.delete(path);
      if (this.#handlers.size === 0) this.#server.off('upgrade', this.#route);
    };
  }

  readonly #route = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = (req.url ?? '').split('?', 1)[0] ?? '';
    const match = [...this.#handlers].find(([own]) => path === own || path.startsWith(`${own}/`));
    if (!match && this.#server.listenerCount('upgrade') > 1) return;
    // From here on nobody but us listens for errors of this socket.
    socket.on('error', () => socket.destroy());
    if (match) match[1](req, socket, head);
    else this.#server.emit('request', req, responseOn(socket, req));
  };
}

/** A response on a connection that Node has given away as an upgrade; it is closed with it. */
export function responseOn(socket: Duplex, req: IncomingMessage): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as never);
  res.on('finish', () => socket.end());
  return res;
}

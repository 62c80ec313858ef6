import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/**
 * A private way into this worker's application, by a Unix socket beside its public address: what comes in there reaches
 * this worker and no other, on the same server and by the same handlers.
 */
export class Door {
  readonly #listener: Server;

  /** Resolves when it is open. */
  static open(server: Server, path: string): Promise<Door> {
    if (process.platform !== 'win32') rmSync(path, { force: true });
    const listener = createServer(socket => server.emit('connection', socket));
    return new Promise((resolve, reject) => {
      listener.once('error', reject);
      // `exclusive`: this is no address that the workers of a cluster share.
      listener.listen({ path, exclusive: true }, () => {
        listener.off('error', reject);
        if (process.platform !== 'win32') chmodSync(path, 0o600);
        listener.unref();
        resolve(new Door(listener));
      });
    });
  }

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  close(): void {
    this.#listener.close();
  }
}

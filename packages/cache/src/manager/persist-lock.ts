import { mkdir } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { claimSocket, IpcError } from '@troupe/ipc/transport';
import { persistLocked } from '../errors.ts';

const LOCK = 'lock';
/** How often it is tried whether the one before has left, ms. */
const PAUSE = 100;

/**
 * The right to use a directory. Who has it listens on a socket there, and tells who asks his pid: a lock that ends with
 * its process however it ends, and that holds across containers.
 */
export class PersistLock {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param patience how long to wait for the one before to leave, ms
   * @throws TROUPE_ERR_CACHE_PERSIST_LOCKED with the pid of who has it
   */
  static async take(directory: string, patience: number): Promise<PersistLock> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const path = socketIn(directory);
    const until = performance.now() + patience;
    for (;;) {
      const server = createServer(socket => {
        // Who asks may be gone already; what became of him is of no interest.
        socket.on('error', () => socket.destroy());
        socket.end(String(process.pid));
      });
      try {
        await claimSocket(server, path);
        server.unref();
        return new PersistLock(server);
      } catch (problem) {
        if (!(problem instanceof IpcError) || problem.code !== 'TROUPE_ERR_IPC_SOCKET_IN_USE') throw problem;
        if (performance.now() >= until) throw persistLocked(directory, await holderOf(path));
        await delay(PAUSE);
      }
    }
  }

  async release(): Promise<void> {
    await new Promise(resolve => this.#server.close(resolve));
  }
}

/** Paths of sockets are short, and the one from here may be shorter. */
function socketIn(directory: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\troupe-cache-${directory.replaceAll(/[^\w]/g, '-')}`;
  const path = join(directory, LOCK);
  const short = relative(process.cwd(), path);
  return short.length < path.length ? short : path;
}

function holderOf(path: string): Promise<number | undefined> {
  return new Promise(resolve => {
    let text = '';
    const socket = connect(path);
    socket.on('data', chunk => {
      text += chunk;
    });
    // An error means that he has just left; 'close' follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(Number(text) || undefined));
  });
}

import { createServer, type ListenOptions, type Server } from 'node:net';
import type { ListenQuery } from './messages.ts';

/** A connection as libuv has it, before a socket is made of it. */
export interface ConnectionHandle {
  close(): void;
}
interface ListeningHandle {
  onconnection: (status: number, connection: ConnectionHandle | undefined) => void;
  getsockname?(out: object): number;
}

/** UV_TCP_IPV6ONLY, which Node keeps to itself. */
const IPV6_ONLY = 1;

/** One address of the application. It stays open while workers come and go, so that connections wait instead of being refused. */
export class Listener {
  readonly key: string;
  /** Resolves to 0, or to the negative errno of the failure. */
  readonly ready: Promise<number>;
  /** The first server's shared data, for the others. */
  data: unknown;
  sockname: object | undefined;
  readonly #server: Server = createServer();

  constructor(key: string, query: ListenQuery, onConnection: (connection: ConnectionHandle) => void) {
    this.key = key;
    this.data = query.data;
    this.ready = new Promise(resolve => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => resolve(error.errno ?? -1));
      this.#server.listen(whereOf(query), () => {
        this.sockname = this.#takeOver(onConnection);
        resolve(0);
      });
    });
  }

  close(): void {
    this.#server.close();
  }

  /** From here on connections come as handles, and no socket is made of them in this process. */
  #takeOver(onConnection: (connection: ConnectionHandle) => void): object | undefined {
    const handle = handleOf(this.#server);
    handle.onconnection = (status, connection) => {
      if (status === 0 && connection) onConnection(connection);
    };
    if (!handle.getsockname) return undefined;
    const name = {};
    handle.getsockname(name);
    return name;
  }
}

function whereOf({
  address,
  port,
  fd,
  flags,
  backlog,
  readableAll,
  writableAll,
}: ListenQuery): ListenOptions & { fd?: number } {
  if (fd !== undefined && fd >= 0) return { fd, backlog };
  if (port < 0) return { path: address ?? '', backlog, readableAll, writableAll };
  return { port, ...(address && { host: address }), backlog, ipv6Only: Boolean((flags ?? 0) & IPV6_ONLY) };
}

export function handleOf(server: Server): ListeningHandle {
  const handle: unknown = Reflect.get(server, '_handle');
  if (typeof handle === 'object' && handle !== null && 'onconnection' in handle) return handle as ListeningHandle;
  throw new TypeError('net.Server has no _handle.onconnection in this version of Node');
}

import { createServer, type ListenOptions, type Server } from 'node:net';
import { constants } from 'node:os';
import { type ListenQuery, UNSUPPORTED } from './messages.ts';

/** A connection as libuv has it, before a socket is made of it. */
export interface ConnectionHandle {
  close(): void;
}
interface ListeningHandle {
  onconnection: (status: number, connection: ConnectionHandle | undefined) => void;
  getsockname?(out: object): number;
}

/** A connection that no worker has taken yet. */
export interface Waiting {
  readonly connection: ConnectionHandle;
  readonly listener: Listener;
  /** When it gives up if no worker serves its address, `monotonic()`. */
  readonly until: number;
  /** How often a worker has let it wait too long. */
  attempts: number;
}

/** UV_TCP_IPV6ONLY, which Node keeps to itself. */
const IPV6_ONLY = 1;

/** One address of the application. It stays open while workers come and go, so that connections wait instead of being refused. */
export class Listener {
  readonly key: string;
  /** Resolves to 0, or to the negative errno of the failure. */
  readonly ready: Promise<number>;
  /** In the order in which they came. */
  readonly waiting: Waiting[] = [];
  /** The first server's shared data, for the others. */
  readonly data: unknown;
  sockname: object | undefined;
  readonly #server: Server = createServer();

  constructor(key: string, query: ListenQuery, onConnection: (connection: ConnectionHandle) => void) {
    this.key = key;
    this.data = query.data;
    this.ready = new Promise(resolve => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => resolve(error.errno ?? -constants.errno.EINVAL));
      this.#server.listen(whereOf(query), () => {
        const handle = handleOf(this.#server);
        if (handle) this.#takeOver(handle, onConnection);
        else this.#server.close();
        resolve(handle ? 0 : UNSUPPORTED);
      });
    });
  }

  /** Refuses further connections; those that wait go on waiting. */
  close(): void {
    this.#server.close();
  }

  /** Closes the connections for which `isOver` says so. */
  drop(isOver: (waiting: Waiting) => boolean = () => true): void {
    const kept = this.waiting.filter(waiting => !isOver(waiting));
    for (const waiting of this.waiting) if (isOver(waiting)) waiting.connection.close();
    this.waiting.splice(0, this.waiting.length, ...kept);
  }

  /** From here on connections come as handles, and no socket is made of them in this process. */
  #takeOver(handle: ListeningHandle, onConnection: (connection: ConnectionHandle) => void): void {
    handle.onconnection = (status, connection) => {
      if (status === 0 && connection) onConnection(connection);
    };
    if (!handle.getsockname) return;
    this.sockname = {};
    handle.getsockname(this.sockname);
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

/** What libuv listens with; undefined where this version of Node has it elsewhere. */
export function handleOf(server: object): ListeningHandle | undefined {
  const handle: unknown = Reflect.get(server, '_handle');
  return typeof handle === 'object' && handle !== null && 'onconnection' in handle
    ? (handle as ListeningHandle)
    : undefined;
}

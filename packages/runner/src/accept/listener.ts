import { createServer, type ListenOptions, type Server } from 'node:net';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { ConnectionHandle } from './line.ts';
import { type ListenQuery, UNSUPPORTED } from './messages.ts';

interface ListeningHandle {
  onconnection: (status: number, connection: ConnectionHandle | undefined) => void;
  getsockname?(out: object): number;
}

/** UV_TCP_IPV6ONLY, which Node keeps to itself. */
const IPV6_ONLY = 1;

/** One address of the application. It stays open while workers come and go, so that connections wait instead of being refused. */
export class Listener {
  /** Resolves to 0, or to the negative errno of the failure. */
  readonly ready: Promise<number>;
  /** The first server's shared data, for the others. */
  readonly data: unknown;
  sockname: object | undefined;
  readonly #server: Server = createServer();

  /** @param failed hears why a connection could not be accepted */
  constructor(
    query: ListenQuery,
    onConnection: (connection: ConnectionHandle) => void,
    failed: (reason: string) => void,
  ) {
    this.data = query.data;
    this.ready = new Promise(resolve => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => resolve(error.errno ?? -constants.errno.EINVAL));
      this.#server.listen(whereOf(query), () => {
        const handle = handleOf(this.#server);
        if (handle) this.#takeOver(handle, onConnection, failed);
        else this.#server.close();
        resolve(handle ? 0 : UNSUPPORTED);
      });
    });
  }

  close(): void {
    this.#server.close();
  }

  /** From here on connections come as handles, and no socket is made of them in this process. */
  #takeOver(
    handle: ListeningHandle,
    onConnection: (connection: ConnectionHandle) => void,
    failed: (reason: string) => void,
  ): void {
    handle.onconnection = (status, connection) => {
      if (status === 0 && connection) onConnection(connection);
      else failed(`it could not be accepted (${getSystemErrorName(status)})`);
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

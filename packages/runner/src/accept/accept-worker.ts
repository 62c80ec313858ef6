/**
 * The worker's end of the accept path: servers of this process listen through the master, which hands their connections
 * over one by one. It takes the place of `cluster._getServer`, which is not public: `acceptThroughMaster` says whether it
 * could, and a contract test holds it against every supported version of Node.
 */
import cluster from 'node:cluster';
import type { Server } from 'node:net';
import { resolve } from 'node:path';
import { COMMAND, type FromMaster, type FromWorker, isOurs, type ListenQuery, monotonic } from './messages.ts';

/** A connection as libuv has it, before a socket is made of it. */
interface ConnectionHandle {
  close(): void;
}
/** What `net.Server` takes for its listening handle. */
interface FakeHandle {
  /** Set by `net.Server`. */
  onconnection?: (status: number, connection: ConnectionHandle) => void;
  listen(backlog: number): number;
  close(): void;
  ref(): void;
  unref(): void;
  getsockname?(out: object): number;
}
type GetServer = (
  server: ListeningServer,
  options: ListenQuery,
  done: (errno: number, handle: FakeHandle | null) => void,
) => void;
type ListeningServer = Server & { _getServerData?(): unknown; _setServerData?(data: unknown): void };
type Internals = { _getServer?: GetServer };

/** Keeps the process alive, as a listening handle would. Node's longest interval. */
const LONGEST = 2 ** 31 - 1;

/** Installs the hand-over in this worker; false where Node has no such place to install it, and its own round-robin stays. */
export function acceptThroughMaster(): boolean {
  const internals = cluster as unknown as Internals;
  const original = internals._getServer;
  if (typeof original !== 'function' || !process.send) return false;
  const servers = new WorkerServers();
  internals._getServer = (server, options, done) => {
    if (typeof options.addressType === 'string' && options.addressType.startsWith('udp'))
      original.call(cluster, server, options, done);
    else servers.listen(server, options, done);
  };
  return true;
}

class WorkerServers {
  readonly #handles = new Map<string, FakeHandle>();
  readonly #asked = new Map<number, (answer: Extract<FromMaster, { act: 'listening' }>) => void>();
  /** How many servers of this process have asked for the same address. */
  readonly #indexes = new Map<string, number>();
  #seq = 0;

  constructor() {
    process.on('internalMessage', (message: unknown, handle: unknown) => {
      if (isOurs(message)) this.#receive(message as FromMaster, handle as ConnectionHandle | undefined);
    });
  }

  listen(server: ListeningServer, options: ListenQuery, done: Parameters<GetServer>[2]): void {
    const isPath = options.port < 0 && typeof options.address === 'string' && process.platform !== 'win32';
    const address = isPath ? resolve(String(options.address)) : options.address;
    const place = [address, options.port, options.addressType, options.fd].join(':');
    const index = this.#indexes.get(place) ?? 0;
    this.#indexes.set(place, index + 1);
    const { port, addressType, fd, flags, backlog, readableAll, writableAll } = options;
    const query = {
      address,
      port,
      addressType,
      fd,
      flags,
      backlog,
      readableAll,
      writableAll,
      index,
      data: server._getServerData?.(),
    };
    const seq = this.#seq++;
    this.#asked.set(seq, answer => {
      server._setServerData?.(answer.data);
      if (answer.errno) done(answer.errno, null);
      else done(0, this.#fake(answer.key, answer.sockname));
    });
    send({ cmd: COMMAND, act: 'listen', seq, query });
    server.once('listening', () => tellCluster(query, server));
  }

  #fake(key: string, sockname: object | undefined): FakeHandle {
    const alive = setInterval(() => {}, LONGEST);
    const fake: FakeHandle = {
      listen: () => 0,
      ref: () => void alive.ref(),
      unref: () => void alive.unref(),
      close: () => {
        clearInterval(alive);
        if (this.#handles.get(key) !== fake) return;
        this.#handles.delete(key);
        send({ cmd: COMMAND, act: 'close', key });
      },
      ...(sockname && { getsockname: tell(sockname) }),
    };
    this.#handles.set(key, fake);
    return fake;
  }

  #receive(message: FromMaster, connection: ConnectionHandle | undefined): void {
    switch (message.act) {
      case 'listening': {
        const answer = this.#asked.get(message.seq);
        this.#asked.delete(message.seq);
        return answer?.(message);
      }
      case 'connection':
        return this.#take(message, connection);
      case 'fence':
        return send({ cmd: COMMAND, act: 'fenced', seq: message.seq });
    }
  }

  /** Acknowledged before it is served: one that dies between has not answered anybody, and nothing is lost. */
  #take(
    { seq, key, deadline }: Extract<FromMaster, { act: 'connection' }>,
    connection: ConnectionHandle | undefined,
  ): void {
    if (!connection) return send({ cmd: COMMAND, act: 'taken', seq }); // The client was gone before it could be passed on.
    const server = this.#handles.get(key);
    if (!server?.onconnection || monotonic() > deadline) {
      connection.close();
      return send({ cmd: COMMAND, act: 'refused', seq });
    }
    send({ cmd: COMMAND, act: 'taken', seq });
    server.onconnection(0, connection);
  }
}

const tell = (sockname: object) => (out: object) => {
  Object.assign(out, sockname);
  return 0;
};

/** `cluster.on('listening')` and `worker.state` go on to work. */
function tellCluster({ address, port, addressType, fd }: ListenQuery, server: Server): void {
  const bound = server.address();
  const actual = typeof bound === 'object' && bound ? bound.port : port;
  process.send?.({ cmd: 'NODE_CLUSTER', act: 'listening', address, port: actual, addressType, fd });
}

/** A master that is gone cannot be told anything; losing it is handled where the channel's end is. */
function send(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

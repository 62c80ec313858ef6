/**
 * The worker's end of the accept path: servers of this process listen through the master, which hands their connections
 * over one by one. It takes the place of `cluster._getServer`, which is not public: `acceptThroughMaster` says whether it
 * could, and a contract test holds it against every supported version of Node.
 */
import cluster from 'node:cluster';
import type { Server } from 'node:net';
import { resolve } from 'node:path';
import { monotonic } from '../monotonic.ts';
import type { ConnectionHandle } from './line.ts';
import { COMMAND, type FromMaster, type FromWorker, isOurs, type ListenQuery, UNSUPPORTED } from './messages.ts';
import { Room } from './room.ts';

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
type Done = (errno: number, handle: FakeHandle | null) => void;
type GetServer = (server: ListeningServer, options: ListenQuery, done: Done) => void;
type ListeningServer = Server & { _getServerData?(): unknown; _setServerData?(data: unknown): void };
type Internals = { _getServer?: GetServer };

interface Place {
  next: number;
  open: number;
}

/** A server of this process that listens through the master. */
interface Served {
  readonly handle: FakeHandle;
  readonly room: Room;
}

/** Keeps the process alive, as a listening handle would. Node's longest interval. */
const LONGEST = 2 ** 31 - 1;

/**
 * Installs the hand-over in this worker; false where Node has no such place to install it, and its own round-robin stays.
 *
 * @param listens hears of each server that is about to listen
 */
export function acceptThroughMaster(listens: (server: Server) => void): boolean {
  const internals = cluster as unknown as Internals;
  const original = internals._getServer;
  if (typeof original !== 'function' || !process.send) return false;
  const servers = new WorkerServers();
  internals._getServer = (server, options, done) => {
    const inNodesWay = () => original.call(cluster, server, options, done);
    if (String(options.addressType).startsWith('udp')) inNodesWay();
    else {
      listens(server);
      servers.listen(server, options, done, inNodesWay);
    }
  };
  return true;
}

class WorkerServers {
  readonly #served = new Map<string, Served>();
  readonly #asked = new Map<number, (answer: Extract<FromMaster, { act: 'listening' }>) => void>();
  /** Tells servers of this process apart that listen at the same place. */
  readonly #places = new Map<string, Place>();
  #seq = 0;

  constructor() {
    process.on('internalMessage', (message: unknown, handle: unknown) => {
      if (isOurs(message)) this.#receive(message as FromMaster, handle as ConnectionHandle);
    });
    // No more connections will come: open ones are finished, and then nothing keeps this process.
    process.once('disconnect', () => {
      for (const { handle } of this.#served.values()) handle.unref();
    });
  }

  /** @param fallBack Node's own way, where the master cannot take connections over */
  listen(server: ListeningServer, options: ListenQuery, done: Done, fallBack: () => void): void {
    const isPath = options.port < 0 && typeof options.address === 'string' && process.platform !== 'win32';
    const address = isPath ? resolve(String(options.address)) : options.address;
    const { port, addressType, fd, flags, backlog, readableAll, writableAll } = options;
    const { index, release } = this.#occupy([address, port, addressType, fd].join(':'));
    const data = server._getServerData?.();
    const query = { address, port, addressType, fd, flags, backlog, readableAll, writableAll, index, data };
    const seq = this.#seq++;
    this.#asked.set(seq, answer => {
      const { errno, key, sockname } = answer;
      if (errno) release();
      if (errno === UNSUPPORTED) return fallBack();
      server._setServerData?.(answer.data);
      if (errno) return done(errno, null);
      server.once('listening', () => {
        if (this.#served.has(key)) tellCluster(query, server);
      });
      done(0, this.#serve(key, server, sockname, release));
    });
    send({ cmd: COMMAND, act: 'listen', seq, query });
  }

  /** The n-th server at a place: those of the workers that have the same number share a port, where it is left open. */
  #occupy(where: string): { index: number; release(): void } {
    const place = this.#places.get(where) ?? { next: 0, open: 0 };
    this.#places.set(where, place);
    place.open += 1;
    const release = () => {
      place.open -= 1;
      if (place.open === 0) this.#places.delete(where);
    };
    return { index: place.next++, release };
  }

  #serve(key: string, server: Server, sockname: object | undefined, release: () => void): FakeHandle {
    const alive = setInterval(() => {}, LONGEST);
    const room = new Room(server, full => send({ cmd: COMMAND, act: 'full', key, full }));
    const handle: FakeHandle = {
      listen: () => 0,
      ref: () => void alive.ref(),
      unref: () => void alive.unref(),
      close: () => {
        clearInterval(alive);
        room.stop();
        if (this.#served.get(key)?.handle !== handle) return;
        this.#served.delete(key);
        release();
        send({ cmd: COMMAND, act: 'close', key });
      },
      ...(sockname && { getsockname: tell(sockname) }),
    };
    this.#served.set(key, { handle, room });
    return handle;
  }

  #receive(message: FromMaster, connection: ConnectionHandle): void {
    switch (message.act) {
      case 'connection':
        return this.#take(message, connection);
      case 'listening': {
        const answer = this.#asked.get(message.seq);
        this.#asked.delete(message.seq);
        return answer?.(message);
      }
      case 'fence':
        return send({ cmd: COMMAND, act: 'fenced', seq: message.seq });
    }
  }

  /** Node has sent the receipt: a process that dies from here on has answered nobody, and takes the connection with it. */
  #take({ seq, key, deadline }: Extract<FromMaster, { act: 'connection' }>, connection: ConnectionHandle): void {
    const { handle, room } = this.#served.get(key) ?? {};
    // The receipt was sent before this look at the clock, so the master has it in time, and two never answer.
    if (!handle?.onconnection || !room?.isThere() || monotonic() > deadline) {
      return send({ cmd: COMMAND, act: 'returned', seq, key }, connection);
    }
    handle.onconnection(0, connection);
    room.isThere();
  }
}

const tell = (sockname: object) => (out: object) => {
  Object.assign(out, sockname);
  return 0;
};

/** `cluster.on('listening')` and `worker.state` go on to work. */
function tellCluster({ address, port, addressType, fd }: ListenQuery, server: Server): void {
  if (cluster.worker) Object.assign(cluster.worker, { state: 'listening' });
  const bound = server.address();
  const actual = typeof bound === 'object' && bound ? bound.port : port;
  process.send?.({ cmd: 'NODE_CLUSTER', act: 'listening', address, port: actual, addressType, fd });
}

/** A master that is gone cannot be told anything; losing it is handled where the channel's end is. */
function send(message: FromWorker, connection?: ConnectionHandle): void {
  const sent = () => connection?.close();
  if (process.connected) process.send?.(message, connection as never, undefined, sent);
  else sent();
}

import { createServer, type Server, type Socket } from 'node:net';
import type { Client } from './client.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import { cutOff, listenerThrew } from './errors.ts';
import { Frame } from './frame.ts';
import { encodeWelcome } from './greeting.ts';
import { newInstance } from './instance.ts';
import type { Link, LinkEvents } from './link.ts';
import { Listeners } from './listeners.ts';
import { type Goodbye, HELLO_TIMEOUT, type Hello, MAX_BACKLOG, MAX_FRAME, MAX_PEERS, type Role } from './protocol.ts';
import { report } from './report.ts';
import { type Peer, Roster } from './roster.ts';
import { Router } from './router.ts';
import { sharedClient } from './shared.ts';
import { claimSocket } from './socket-path.ts';
import { hostStatuses } from './status-directory.ts';

export interface BrokerOptions {
  /** Bytes of one frame. @default 16 MiB */
  maxFrame?: number;
  /** Bytes waiting for one peer before it is cut off. @default 64 MiB */
  maxBacklog?: number;
  /** Connections at one time. @default 4096 */
  maxPeers?: number;
  /** How long a new connection may take to say hello, ms. @default 5000 */
  helloTimeout?: number;
  /** Hears of peers that were cut off or turned away. @default goes to {@link onReport} */
  onWarning?: (warning: Error) => void;
}

export interface PeerInfo {
  pid: number;
  role: Role;
}

/** The master's end of the bus: takes processes in and passes their messages on, without reading them. */
export class Broker {
  readonly path: string;
  readonly #server: Server;
  readonly #limits: ConnectionLimits;
  readonly #maxPeers: number;
  readonly #warn: (warning: Error) => void;
  readonly #connections = new Set<Connection>();
  readonly #roster = new Roster();
  readonly #router = new Router(this.#roster);
  readonly #joined = new Listeners<[PeerInfo]>();
  readonly #left = new Listeners<[PeerInfo]>();
  /** Why an instance is away, so that it is told when it comes back. The oldest are forgotten first. */
  readonly #away = new Map<string, string>();
  /** Connections from before the caller of {@link listen} had the broker in hand. */
  #early: Socket[] | undefined = [];
  #local: { peer: Peer; link: Link } | undefined;
  #closing: Promise<void> | undefined;

  private constructor(path: string, server: Server, options: BrokerOptions) {
    this.path = path;
    this.#server = server;
    this.#limits = {
      maxFrame: options.maxFrame ?? MAX_FRAME,
      maxBacklog: options.maxBacklog ?? MAX_BACKLOG,
      helloTimeout: options.helloTimeout ?? HELLO_TIMEOUT,
    };
    this.#maxPeers = options.maxPeers ?? MAX_PEERS;
    this.#warn = options.onWarning ?? report;
    server.on('connection', socket => this.#accept(socket));
  }

  /**
   * Listens on a Unix socket (mode 0600) or named pipe. The socket of a master that died is replaced.
   * @throws TROUPE_ERR_IPC_SOCKET_IN_USE when somebody listens there, TROUPE_ERR_IPC_PATH_TOO_LONG
   */
  static async listen(path: string, options: BrokerOptions = {}): Promise<Broker> {
    const server = createServer();
    const broker = new Broker(path, server, options);
    await claimSocket(server, path);
    server.on('error', problem => broker.#warn(problem));
    setImmediate(() => broker.#open());
    return broker;
  }

  /**
   * Makes this process the master of the bus: its shared client joins without a socket. Called right after `listen` has
   * resolved, it comes before any other process is taken in, so none finds the bus without its master.
   */
  join(): Client {
    const client = sharedClient();
    if (this.#local === undefined) client.attach(events => this.#admitHere(events));
    return client;
  }

  /** Who is connected, this process included once it joined. */
  peers(): PeerInfo[] {
    return Array.from(this.#roster, toInfo);
  }

  /** Calls `listener` whenever a process joins or leaves; returns the function that stops it. */
  on(event: 'joined' | 'left', listener: (peer: PeerInfo) => void): () => void {
    return (event === 'joined' ? this.#joined : this.#left).add(listener);
  }

  /** Says goodbye to everybody and removes the socket. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.end('closing', 'the master stops');
    await this.#local?.link.close();
    await closed;
  }

  // ── Who comes and goes ────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes in who came while the socket was being made, now that the master has had the time to {@link join}. */
  #open(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const socket of early) if (!socket.destroyed) this.#accept(socket);
  }

  #accept(socket: Socket): void {
    if (this.#early !== undefined) {
      this.#early.push(socket.on('error', () => socket.destroy()));
      return;
    }
    const connection = new Connection(socket, this.#limits, {
      greeted: (peer, hello) => this.#greeted(peer, hello),
      received: (peer, frame) => this.#router.take(peer, frame),
      ended: (peer, reason) => this.#ended(peer, reason),
    });
    this.#connections.add(connection);
    if (this.#closing !== undefined) connection.end('closing', 'the master stops');
    else if (this.#connections.size > this.#maxPeers)
      connection.end('refused', `${this.#maxPeers} processes are connected, and no more are allowed`);
  }

  #greeted(connection: Connection, hello: Hello): void {
    const before = this.#roster.withInstance(hello.instance);
    if (before instanceof Connection) before.end('replaced', 'the same process connected again');
    const missed = this.#away.get(hello.instance);
    this.#away.delete(hello.instance);
    connection.send(encodeWelcome({ master: process.pid, ...(missed !== undefined && { missed }) }));
    this.#enter(connection);
  }

  #ended(connection: Connection, goodbye: Goodbye | undefined): void {
    this.#connections.delete(connection);
    if (this.#roster.withInstance(connection.instance) === connection) {
      this.#leave(connection);
      this.#remember(connection.instance, goodbye?.message ?? 'the connection broke');
    }
    if (goodbye !== undefined && goodbye.reason !== 'closing' && goodbye.reason !== 'replaced')
      this.#warn(cutOff(connection.pid, goodbye.message));
  }

  #remember(instance: string, why: string): void {
    this.#away.set(instance, why);
    const [oldest] = this.#away.keys();
    if (this.#away.size > this.#maxPeers && oldest !== undefined) this.#away.delete(oldest);
  }

  #enter(peer: Peer): void {
    this.#roster.add(peer);
    this.#joined.call(cause => report(listenerThrew('joined', cause)), toInfo(peer));
  }

  #leave(peer: Peer): void {
    this.#roster.remove(peer);
    this.#router.leave(peer);
    this.#left.call(cause => report(listenerThrew('left', cause)), toInfo(peer));
  }

  /** The master's own link: what would go over a socket is handed over. */
  #admitHere(events: LinkEvents): Link {
    const peer: Peer = {
      pid: process.pid,
      role: 'master',
      instance: newInstance(),
      send: delivery => events.frame(new Frame(delivery)),
    };
    const stopHosting = hostStatuses(sharedClient(), listener => this.on('left', listener));
    const link: Link = {
      role: 'master',
      backlog: 0,
      start: () => {
        this.#enter(peer);
        events.up(process.pid, undefined);
      },
      send: frame => {
        this.#router.take(peer, new Frame(frame));
        return true;
      },
      hold: () => undefined,
      close: async () => {
        if (this.#local?.peer !== peer) return;
        this.#local = undefined;
        stopHosting();
        this.#leave(peer);
        events.over(new Error('the broker closed'));
      },
    };
    this.#local = { peer, link };
    return link;
  }
}

function toInfo(peer: Peer): PeerInfo {
  return { pid: peer.pid, role: peer.role };
}

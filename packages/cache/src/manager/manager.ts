import { createServer, type Server } from 'node:net';
import { claimSocket, messageOf, toError } from '@troupe/ipc/transport';
import { CacheError, noPersistence } from '../errors.ts';
import { Kind, MAX_FRAME, type Message } from '../protocol.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import { ManagerCore } from './core.ts';
import { Disk } from './disk.ts';
import type { Peer } from './peer.ts';
import { sharedOptionsIn } from './received.ts';
import { encodeRefusal } from './refusal.ts';

/** Nothing is later than by so much: expiry, leases that end, loads that take too long; ms. */
const HEARTBEAT = 25;
const LONGEST_TIMER = 2 ** 31 - 1;

export interface CacheManagerOptions {
  /** Where processes connect: a Unix socket (mode 0600) or named pipe. */
  socket: string;
  /** The directory for caches that persist; without one they are refused. */
  persistPath?: string | undefined;
  /** How long to wait for another manager to leave that directory, ms. @default 60000 */
  lockTimeout?: number;
  /**
   * Whether a manager may have been there before, so that processes may still read what it gave them. No change takes
   * effect for one second then. @default true
   */
  succeeds?: boolean;
  /** Whether listening keeps this process alive. @default true */
  hold?: boolean;
  /** Hears what a person should know. @default process.emitWarning */
  log?: (line: string) => void;
  /** Bytes that may wait for one process before it is cut off. @default 64 MiB */
  maxBacklog?: number;
}

/** The cache manager: the core's socket, clock and disk. */
export class CacheManager {
  readonly socket: string;
  readonly #server: Server = createServer(socket => this.#accept(socket));
  readonly #connections = new Set<Connection>();
  readonly #core: ManagerCore;
  readonly #disk: Disk | undefined;
  readonly #hold: boolean;
  readonly #log: (line: string) => void;
  readonly #limits: ConnectionLimits;
  #timer: NodeJS.Timeout | undefined;
  /** The time of what is being done. */
  #now = 0;
  #armedFor = Number.POSITIVE_INFINITY;
  #closing: Promise<void> | undefined;

  /**
   * Reads what persists, and listens.
   * @throws TROUPE_ERR_IPC_SOCKET_IN_USE, TROUPE_ERR_CACHE_PERSIST_LOCKED, TROUPE_ERR_CACHE_PERSIST_FILE
   */
  static async listen(options: CacheManagerOptions): Promise<CacheManager> {
    const manager = new CacheManager(options);
    await manager.#disk?.openIfThere();
    await claimSocket(manager.#server, options.socket);
    if (options.hold === false) manager.#server.unref();
    return manager;
  }

  private constructor(options: CacheManagerOptions) {
    this.socket = options.socket;
    this.#hold = options.hold ?? true;
    this.#log = options.log ?? (line => process.emitWarning(line));
    this.#limits = { maxFrame: MAX_FRAME, maxBacklog: options.maxBacklog ?? 4 * MAX_FRAME, helloTimeout: 5_000 };
    const now = performance.now();
    this.#core = new ManagerCore(
      { store: order => this.#disk?.carryOut(order) },
      { now, succeeds: options.succeeds ?? true, firstToken: Math.floor(Math.random() * 2 ** 48) },
    );
    if (options.persistPath === undefined) return;
    this.#disk = new Disk(options.persistPath, options.lockTimeout ?? 60_000, this.#log, {
      restored: record => this.#core.restore(record),
      stored: (ticket, problem) => this.#do(at => this.#core.stored(ticket, problem, at)),
    });
  }

  /** How many processes are connected. */
  get processes(): number {
    return [...this.#connections].filter(({ peer }) => peer !== undefined).length;
  }

  /** Closes all connections, and what is on disk once everything that was ordered is there. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    await this.#disk?.settled();
    for (const connection of [...this.#connections]) connection.finish();
    await closed;
    clearTimeout(this.#timer);
    await this.#disk?.close();
  }

  #accept(socket: ConstructorParameters<typeof Connection>[0]): void {
    const connection = new Connection(socket, this.#limits, {
      greeted: (greeted, pid) => this.#core.join(pid, message => greeted.send(message)),
      begin: () => this.#begin(),
      received: (sender, peer, message) => this.#received(sender, peer, message),
      end: () => this.#end(),
      ended: (ended, why) => this.#ended(ended, why),
    });
    connection.hold(this.#hold);
    this.#connections.add(connection);
    if (this.#closing !== undefined) connection.cutOff('the manager stops');
  }

  #received(connection: Connection, peer: Peer, message: Message): void {
    if (message.kind === Kind.open && sharedOptionsIn(message.value).persist && !this.#disk?.isOpen) {
      void this.#openPersistent(connection, peer, { ...message, value: Buffer.from(message.value ?? '') });
      return;
    }
    this.#core.take(peer, message, this.#now);
  }

  /** The first cache that persists; the process says nothing more about it until it is answered. */
  async #openPersistent(connection: Connection, peer: Peer, message: Message): Promise<void> {
    try {
      if (this.#disk === undefined) throw noPersistence(message.key ?? '');
      await this.#disk.open();
      if (!peer.gone) this.#do(now => this.#core.take(peer, message, now));
    } catch (problem) {
      if (!(problem instanceof CacheError))
        this.#log(`a cache that persists could not be opened: ${messageOf(problem)}`);
      const refusal = problem instanceof CacheError ? problem : toError(problem);
      const { id, cache } = message;
      if (!peer.gone) connection.send({ kind: Kind.refused, id, cache, flags: 0, value: encodeRefusal(refusal) });
    }
  }

  #ended(connection: Connection, why: string | undefined): void {
    const { peer } = connection;
    this.#connections.delete(connection);
    if (why !== undefined && this.#closing === undefined)
      this.#log(`the cache cut off ${peer === undefined ? 'an unknown process' : `process ${peer.pid}`}: ${why}`);
    if (peer === undefined) return;
    this.#do(now => this.#core.leave(peer, why !== undefined, now));
  }

  #do(work: (now: number) => void): void {
    this.#begin();
    work(this.#now);
    this.#end();
  }

  /** What is done together is done at one time; reading the clock for each message would take as long as many of them. */
  #begin(): void {
    this.#now = performance.now();
  }

  /** While there is much to do the next heartbeat is near; then it is as far away as the next deadline. */
  #end(): void {
    this.#core.flush();
    const soon = this.#now + HEARTBEAT;
    if (this.#armedFor > soon && this.#core.nextDeadline !== undefined) this.#arm(this.#now, soon);
  }

  #beat(): void {
    const now = performance.now();
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#core.tick(now);
    this.#core.flush();
    const next = this.#core.nextDeadline;
    if (next !== undefined) this.#arm(now, Math.max(next, now + 1));
  }

  #arm(now: number, at: number): void {
    clearTimeout(this.#timer);
    this.#armedFor = at;
    this.#timer = setTimeout(() => this.#beat(), Math.min(LONGEST_TIMER, Math.ceil(at - now))).unref();
  }
}

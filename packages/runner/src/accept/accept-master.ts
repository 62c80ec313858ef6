/**
 * The master's end of the accept path: it listens for the workers and hands each connection over to the next free one.
 *
 * A worker has one hand-over under way at a time, and the master keeps its copy of the connection until the worker has
 * taken it. So a worker that dies, freezes or leaves costs no connection that it had not taken: another one gets it, or
 * it waits for the next worker, `acceptWait` at most. (Node's own round-robin forgets a connection when it is sent.)
 */
import type { Worker as ClusterWorker } from 'node:cluster';
import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConnectionHandle, Listener, type Waiting } from './listener.ts';
import { Member } from './member.ts';
import { COMMAND, type FromWorker, GRACE, isOurs, type ListenQuery, monotonic } from './messages.ts';

/**
 * How long a worker may take to take a connection before another one gets it, ms; twice as long at each further attempt,
 * so that a connection is served even where every worker is slow.
 */
const PATIENCE = 200;
/** Further attempts are given no more time than this one, 13 s. */
const MOST_DOUBLINGS = 6;
/** How often it is looked what has waited too long, ms. One timer for all: one per connection would cost. */
const SWEEP_PERIOD = 50;
/** How long what waits at the end is waited for, ms. */
const CLOSE_TIMEOUT = 1_000;
/** How long connections that the kernel has queued are accepted at the end, ms. */
const ACCEPT_TIMEOUT = 250;
/** Connections that wait for a worker at one address; further ones are closed. */
const MOST_WAITING = 4_096;

export class AcceptMaster {
  /** How long a connection waits for a worker, µs. */
  readonly #acceptWait: number;
  readonly #listeners = new Map<string, Listener>();
  /** In the order of their turns. */
  readonly #members = new Map<number, Member>();
  #sweeper: NodeJS.Timeout | undefined;
  #seq = 0;
  #arrived = 0;
  #closing: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  /** @param acceptWait how long a connection waits for a worker, ms */
  constructor(acceptWait: number) {
    this.#acceptWait = acceptWait * 1_000;
  }

  /** Serves the servers of a worker that was just forked; `withdrawn`: it gets no connection before {@link readmit}. */
  adopt(worker: ClusterWorker, withdrawn = false): void {
    const member = new Member(worker);
    member.withdrawn = withdrawn;
    this.#members.set(worker.id, member);
    worker.process.on('internalMessage', (message: unknown) => {
      if (isOurs(message)) this.#receive(member, message as FromWorker);
    });
    // `disconnect` does not come for a process that dies with a handle under way; acknowledgements that were sent before
    // the end are read before `exit` when the channel is closed by then, and one turn of the loop later when it is not.
    worker.once('disconnect', () => this.#lose(member));
    worker.process.once('exit', () => setImmediate(() => this.#lose(member)));
  }

  /**
   * From now on the worker gets no connection. Resolves when the last one it was handed has been taken or is elsewhere:
   * what comes back on the same channel has overtaken nothing. A worker that does not answer is not waited for.
   */
  async withdraw(id: number): Promise<void> {
    const member = this.#members.get(id);
    if (!member) return;
    member.withdrawn = true;
    await member.fence(this.#seq++);
  }

  /** Undoes {@link withdraw}. */
  readmit(id: number): void {
    const member = this.#members.get(id);
    if (!member) return;
    member.withdrawn = false;
    this.#feed(member);
  }

  /** Listens no more. Resolves when what had arrived by then is in a worker's hands; what is not by then is closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#emptyKernelQueues();
    for (const listener of this.#listeners.values()) listener.close();
    if (!this.#isIdle()) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, CLOSE_TIMEOUT);
        this.#whenIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const listener of this.#listeners.values()) listener.drop();
    this.#listeners.clear();
    clearInterval(this.#sweeper);
  }

  /** libuv accepts one connection of each listener in a turn of the loop; closing would reset those that are left. */
  async #emptyKernelQueues(): Promise<void> {
    const until = monotonic() + ACCEPT_TIMEOUT * 1_000;
    // The first immediate may run in the turn that is under way.
    await nextTurn();
    let before: number;
    do {
      before = this.#arrived;
      await nextTurn();
    } while (this.#arrived > before && monotonic() < until);
  }

  // ── What workers say ────────────────────────────────────────────────────────────────────────────────────────────

  #receive(member: Member, message: FromWorker): void {
    member.unresponsive = false;
    switch (message.act) {
      case 'taken':
      case 'refused':
        return this.#settle(member, message.seq, message.act === 'taken');
      case 'listen':
        void this.#listen(member, message.seq, message.query);
        return;
      case 'close':
        return this.#leave(member, message.key);
      case 'fenced':
        return member.fenced(message.seq);
    }
  }

  async #listen(member: Member, seq: number, query: ListenQuery): Promise<void> {
    // Its worker is about to be told to leave.
    if (this.#closing) return;
    const { address, port, addressType, fd, index } = query;
    const key = [address, port, addressType, fd, ...(port === 0 ? [index] : [])].join(':');
    if (member.serves.has(key)) {
      member.send({ cmd: COMMAND, act: 'listening', seq, key, errno: -constants.errno.EADDRINUSE });
      return;
    }
    member.serves.add(key);
    const listener = this.#listenerOf(key, query);
    const errno = await listener.ready;
    if (errno) {
      member.serves.delete(key);
      if (this.#listeners.get(key) === listener) this.#listeners.delete(key);
    }
    const { sockname, data } = listener;
    member.send({ cmd: COMMAND, act: 'listening', seq, key, errno, sockname, data });
    this.#feed(member);
  }

  #listenerOf(key: string, query: ListenQuery): Listener {
    const existing = this.#listeners.get(key);
    if (existing) return existing;
    const listener: Listener = new Listener(key, query, connection => this.#arrive(connection, listener));
    this.#listeners.set(key, listener);
    return listener;
  }

  /** A server was closed. The address goes with the last one, unless that leaves for others to come. */
  #leave(member: Member, key: string): void {
    member.serves.delete(key);
    const listener = this.#listeners.get(key);
    if (!listener || member.withdrawn || this.#closing) return;
    for (const { serves } of this.#members.values()) if (serves.has(key)) return;
    this.#listeners.delete(key);
    listener.close();
    listener.drop();
  }

  #settle(member: Member, seq: number, taken: boolean): void {
    const { pending } = member;
    // An answer that comes after the connection was given to another worker: the worker has refused it, by its deadline.
    if (pending?.seq === seq) {
      member.pending = undefined;
      if (taken) pending.waiting.connection.close();
      else this.#returnToFront(pending.waiting);
    }
    this.#feed(member);
    this.#finish();
  }

  #lose(member: Member): void {
    if (!this.#members.delete(member.worker.id)) return;
    member.lost();
    const waiting = member.takeBack();
    if (waiting) this.#returnToFront(waiting);
    this.#finish();
  }

  #finish(): void {
    if (this.#whenIdle && this.#isIdle()) this.#whenIdle();
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  #arrive(connection: ConnectionHandle, listener: Listener): void {
    this.#arrived += 1;
    const { waiting } = listener;
    if (waiting.length >= MOST_WAITING) return connection.close();
    waiting.push({ connection, listener, until: monotonic() + this.#acceptWait, attempts: 0 });
    this.#distribute(listener);
  }

  /** One that a worker has not taken; its address may have been closed meanwhile. */
  #returnToFront(waiting: Waiting): void {
    const { listener, connection } = waiting;
    if (this.#listeners.get(listener.key) !== listener) return connection.close();
    listener.waiting.unshift(waiting);
    this.#distribute(listener);
  }

  #distribute(listener: Listener): void {
    while (listener.waiting.length > 0) {
      const member = this.#nextFor(listener);
      const waiting = member && listener.waiting.shift();
      if (!waiting) break;
      this.#handOver(member, waiting);
    }
    this.#watch();
  }

  /** A worker has become free: it gets what has waited longest of what it serves. */
  #feed(member: Member): void {
    if (!member.isFree) return;
    let oldest: Waiting | undefined;
    for (const { key, waiting } of this.#listeners.values()) {
      const [first] = waiting;
      if (first && member.serves.has(key) && (!oldest || first.until < oldest.until)) oldest = first;
    }
    if (oldest) this.#distribute(oldest.listener);
  }

  /** Free workers take turns: the one that was chosen goes to the end. */
  #nextFor({ key }: Listener): Member | undefined {
    for (const [id, member] of this.#members) {
      if (!member.isFree || !member.serves.has(key)) continue;
      this.#members.delete(id);
      this.#members.set(id, member);
      return member;
    }
    return undefined;
  }

  #handOver(member: Member, waiting: Waiting): void {
    const seq = this.#seq++;
    const patience = PATIENCE * 2 ** Math.min(waiting.attempts, MOST_DOUBLINGS);
    const deadline = monotonic() + patience * 1_000;
    member.pending = { seq, deadline, waiting };
    member.send({ cmd: COMMAND, act: 'connection', seq, key: waiting.listener.key, deadline }, waiting.connection);
  }

  // ── What takes too long ─────────────────────────────────────────────────────────────────────────────────────────

  #watch(): void {
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_PERIOD).unref();
  }

  #sweep(): void {
    const now = monotonic();
    for (const member of this.#members.values()) {
      const { pending } = member;
      // An acknowledgement that has arrived is read before the immediate runs, even if this process was the slow one.
      if (pending && pending.deadline + GRACE <= now) setImmediate(() => this.#giveToAnother(member, pending.seq));
    }
    // A connection waits as long as some worker will take it, however slow; and `acceptWait` for one that is coming.
    for (const listener of this.#listeners.values()) {
      if (!this.#isServed(listener)) listener.drop(({ until }) => until <= now);
    }
    if (!this.#isIdle()) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #giveToAnother(member: Member, seq: number): void {
    if (member.pending?.seq !== seq) return;
    const waiting = member.takeBack();
    member.unresponsive = true;
    if (!waiting) return;
    waiting.attempts += 1;
    this.#returnToFront(waiting);
  }

  #isServed({ key }: Listener): boolean {
    for (const member of this.#members.values()) if (!member.withdrawn && member.serves.has(key)) return true;
    return false;
  }

  /** Nothing waits, and every hand-over has been answered. */
  #isIdle(): boolean {
    for (const { waiting } of this.#listeners.values()) if (waiting.length > 0) return false;
    for (const { pending } of this.#members.values()) if (pending) return false;
    return true;
  }
}

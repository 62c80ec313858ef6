/**
 * The master's end of the accept path: it listens for the workers and hands each connection over to the next free one.
 *
 * A worker has one hand-over under way at a time, and the master keeps its copy of the connection until the worker has
 * taken it. So a worker that dies, freezes or leaves costs no connection that it had not taken: another one gets it, or
 * it waits for the next worker, `acceptWait` at most. (Node's own round-robin forgets a connection when it is sent.)
 */
import type { Worker as ClusterWorker } from 'node:cluster';
import { type ConnectionHandle, Listener } from './listener.ts';
import { COMMAND, type FromMaster, type FromWorker, isOurs, type ListenQuery, monotonic } from './messages.ts';

/**
 * How long a worker may take to take a connection before another one gets it, ms; twice as long at each further attempt,
 * so that a connection is served even where every worker is slow.
 */
const PATIENCE = 200;
/** What the master waits on top of that: an acknowledgement that is on its way arrives, ms. */
const GRACE = 100;
/** How often it is looked whether connections have waited too long, ms. */
const EXPIRY_PERIOD = 100;
/** How long a leaving worker, or what waits at the end, is waited for, ms. */
const FENCE_TIMEOUT = 1_000;
/** Connections that wait for a worker; further ones are closed. */
const MOST_WAITING = 4_096;

interface Waiting {
  connection: ConnectionHandle;
  listener: Listener;
  /** When it gives up if no worker serves its address, ms of `performance.now()`. */
  readonly until: number;
  attempts: number;
}

/** A worker as the accept path sees it. */
interface Member {
  readonly worker: ClusterWorker;
  /** Keys of the listeners it serves. */
  readonly serves: Set<string>;
  /** Takes no new connections: it leaves, or is paused. */
  withdrawn: boolean;
  /** What it was handed and has not taken yet. */
  pending: { seq: number; waiting: Waiting; timer: NodeJS.Timeout | undefined } | undefined;
  /** It missed a deadline, and gets nothing more until it says something. */
  unresponsive: boolean;
  readonly fences: Map<number, () => void>;
}

export class AcceptMaster {
  readonly #acceptWait: number;
  readonly #listeners = new Map<string, Listener>();
  /** In the order of their turns. */
  readonly #members = new Map<number, Member>();
  readonly #waiting: Waiting[] = [];
  #expiry: NodeJS.Timeout | undefined;
  #seq = 0;
  #emptied: (() => void) | undefined;

  /** @param acceptWait how long a connection waits for a worker, ms */
  constructor(acceptWait: number) {
    this.#acceptWait = acceptWait;
  }

  /** Serves the servers of a worker that was just forked. */
  adopt(worker: ClusterWorker): void {
    const member: Member = {
      worker,
      serves: new Set(),
      withdrawn: false,
      pending: undefined,
      unresponsive: false,
      fences: new Map(),
    };
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
    const seq = this.#seq++;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, FENCE_TIMEOUT);
      member.fences.set(seq, () => {
        clearTimeout(timer);
        resolve();
      });
      this.#send(member, { cmd: COMMAND, act: 'fence', seq });
    });
    member.fences.delete(seq);
  }

  /** Undoes {@link withdraw}. */
  readmit(id: number): void {
    const member = this.#members.get(id);
    if (!member) return;
    member.withdrawn = false;
    this.#distribute();
  }

  /** Listens no more. Resolves when what had arrived by then is in a worker's hands. */
  async close(): Promise<void> {
    // The kernel's own queue is emptied in the poll phase, which lies right before.
    await new Promise(resolve => setImmediate(resolve));
    for (const listener of this.#listeners.values()) listener.close();
    if (this.#waiting.length === 0) return;
    await new Promise<void>(resolve => {
      this.#emptied = resolve;
      setTimeout(resolve, FENCE_TIMEOUT);
    });
  }

  // ── What workers say ────────────────────────────────────────────────────────────────────────────────────────────

  #receive(member: Member, message: FromWorker): void {
    member.unresponsive = false;
    switch (message.act) {
      case 'listen':
        void this.#listen(member, message.seq, message.query);
        return;
      case 'close':
        member.serves.delete(message.key);
        return;
      case 'taken':
      case 'refused':
        this.#settle(member, message.seq, message.act === 'taken');
        return;
      case 'fenced':
        member.fences.get(message.seq)?.();
        return;
    }
  }

  async #listen(member: Member, seq: number, query: ListenQuery): Promise<void> {
    const { address, port, addressType, fd, index } = query;
    const key = [address, port, addressType, fd, ...(port === 0 ? [index] : [])].join(':');
    let listener = this.#listeners.get(key);
    if (!listener) {
      const created: Listener = new Listener(key, query, connection => this.#arrive(connection, created));
      listener = created;
      this.#listeners.set(key, listener);
    }
    const errno = await listener.ready;
    if (errno) this.#listeners.delete(key);
    else member.serves.add(key);
    const { sockname, data } = listener;
    this.#send(member, { cmd: COMMAND, act: 'listening', seq, key, errno, sockname, data });
    this.#distribute();
  }

  #settle(member: Member, seq: number, taken: boolean): void {
    const { pending } = member;
    // An answer that comes after the connection was given to another worker: the worker has refused it, by its deadline.
    if (pending?.seq === seq) {
      member.pending = undefined;
      clearTimeout(pending.timer);
      if (taken) pending.waiting.connection.close();
      else this.#waiting.unshift(pending.waiting);
    }
    this.#distribute();
  }

  /** What it had not taken goes to the front of the queue. */
  #lose(member: Member): void {
    if (!this.#members.delete(member.worker.id)) return;
    if (member.pending) {
      clearTimeout(member.pending.timer);
      this.#waiting.unshift(member.pending.waiting);
    }
    for (const settle of member.fences.values()) settle();
    this.#distribute();
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  #arrive(connection: ConnectionHandle, listener: Listener): void {
    if (this.#waiting.length >= MOST_WAITING) return connection.close();
    this.#waiting.push({ connection, listener, until: performance.now() + this.#acceptWait, attempts: 0 });
    this.#distribute();
  }

  #distribute(): void {
    for (let n = 0; n < this.#waiting.length; ) {
      const waiting = this.#waiting[n];
      const member = waiting && this.#nextFor(waiting.listener);
      if (!member) {
        n += 1;
        continue;
      }
      this.#waiting.splice(n, 1);
      this.#handOver(member, waiting);
    }
    if (this.#waiting.length > 0) this.#expiry ??= setInterval(() => this.#expire(), EXPIRY_PERIOD);
    else this.#emptied?.();
  }

  /** Free workers take turns: the one that was chosen goes to the end. */
  #nextFor(listener: Listener): Member | undefined {
    for (const [id, member] of this.#members) {
      if (member.withdrawn || member.pending || member.unresponsive || !member.serves.has(listener.key)) continue;
      this.#members.delete(id);
      this.#members.set(id, member);
      return member;
    }
    return undefined;
  }

  #handOver(member: Member, waiting: Waiting): void {
    const seq = this.#seq++;
    member.pending = { seq, waiting, timer: undefined };
    const patience = PATIENCE * 2 ** waiting.attempts++;
    const deadline = monotonic() + patience * 1_000;
    this.#send(
      member,
      { cmd: COMMAND, act: 'connection', seq, key: waiting.listener.key, deadline },
      waiting.connection,
    );
    // An acknowledgement that has arrived is read before the immediate runs, even if this process was the slow one.
    const late = () => setImmediate(() => this.#giveToAnother(member, seq));
    member.pending.timer = setTimeout(late, patience + GRACE);
  }

  #giveToAnother(member: Member, seq: number): void {
    if (member.pending?.seq !== seq) return;
    this.#waiting.unshift(member.pending.waiting);
    member.pending = undefined;
    member.unresponsive = true;
    this.#distribute();
  }

  /** A connection waits as long as some worker will take it, however slow; and `acceptWait` for one that is coming. */
  #expire(): void {
    const now = performance.now();
    const expired = this.#waiting.filter(({ until, listener }) => until <= now && !this.#isServed(listener));
    for (const waiting of expired) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.connection.close();
    }
    if (this.#waiting.length > 0) return;
    clearInterval(this.#expiry);
    this.#expiry = undefined;
  }

  #isServed(listener: Listener): boolean {
    return [...this.#members.values()].some(member => !member.withdrawn && member.serves.has(listener.key));
  }

  /** One that cannot be reached is about to be lost; what it was handed is rescued then. */
  #send(member: Member, message: FromMaster, connection?: ConnectionHandle): void {
    if (member.worker.isConnected()) member.worker.process.send(message, connection as never, {}, () => {});
  }
}

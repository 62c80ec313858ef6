/**
 * The master's end of the accept path: it listens for the workers and hands each connection over to the next free one.
 *
 * A worker has one hand-over under way at a time, and the master keeps its copy of the connection until the worker has
 * received it. So a worker that dies, freezes or leaves costs no connection that it had not received: another one gets
 * it, or it waits for the next worker, `acceptWait` at most. (Node's own round-robin forgets a connection when it is sent.)
 */
import type { Worker as ClusterWorker } from 'node:cluster';
import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { monotonic } from '../monotonic.ts';
import { Distribution, type Lost } from './distribution.ts';
import type { ConnectionHandle } from './line.ts';
import { Listener } from './listener.ts';
import { Member } from './member.ts';
import { COMMAND, type FromWorker, isOurs, isReceipt, type ListenQuery, UNSUPPORTED } from './messages.ts';

/** How long what waits at the end is waited for, ms. */
const CLOSE_TIMEOUT = 1_000;
/** How long connections that the kernel has queued are accepted at the end, ms. */
const ACCEPT_TIMEOUT = 250;

export class AcceptMaster {
  readonly #distribution: Distribution;
  /** One per address. They stay while workers come and go. */
  readonly #listeners = new Map<string, Listener>();
  readonly #lost: Lost;
  readonly #fallsBack: () => void;
  #isSupported = true;
  #fences = 0;
  #closing: Promise<void> | undefined;

  /**
   * @param acceptWait how long a connection waits for a worker, ms
   * @param lost hears of connections that had to be closed before a worker had them
   * @param fallsBack hears once that servers listen in Node's own way, since this version of Node has another inside
   */
  constructor(acceptWait: number, lost: Lost, fallsBack: () => void) {
    this.#distribution = new Distribution(acceptWait, lost);
    this.#lost = lost;
    this.#fallsBack = fallsBack;
  }

  /** Serves the servers of a worker that was just forked; `withdrawn`: it gets no connection before {@link readmit}. */
  adopt(worker: ClusterWorker, withdrawn = false): void {
    const member = new Member(worker);
    member.withdrawn = withdrawn;
    this.#distribution.admit(member);
    worker.process.on('internalMessage', (message: unknown, handle: unknown) => {
      if (isReceipt(message)) this.#distribution.settle(member, message.cmd === 'NODE_HANDLE_ACK');
      else if (isOurs(message)) this.#receive(member, message as FromWorker, handle as ConnectionHandle);
    });
    // `disconnect` does not come for a process that dies with a handle under way; receipts that were sent before the end
    // are read before `exit` when the channel is closed by then, and one turn of the loop later when it is not.
    worker.once('disconnect', () => this.#distribution.dismiss(member));
    worker.process.once('exit', () => setImmediate(() => this.#distribution.dismiss(member)));
  }

  /**
   * From now on the worker gets no connection. Resolves when the last one it was handed has been taken or is elsewhere:
   * what comes back on the same channel has overtaken nothing. A worker that does not answer is not waited for.
   */
  async withdraw(id: number): Promise<void> {
    const member = this.#distribution.memberOf(id);
    if (!member) return;
    member.withdrawn = true;
    await member.fence(this.#fences++);
  }

  /** Undoes {@link withdraw}. */
  readmit(id: number): void {
    const member = this.#distribution.memberOf(id);
    if (!member) return;
    member.withdrawn = false;
    this.#distribution.feed(member);
  }

  /** Listens no more. Resolves when what had arrived by then is in a worker's hands; what is not by then is closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#emptyKernelQueues();
    for (const listener of this.#listeners.values()) listener.close();
    this.#listeners.clear();
    await this.#distribution.idle(CLOSE_TIMEOUT);
    this.#distribution.end();
  }

  /** libuv accepts one connection of each listener in a turn of the loop; closing would reset those that are left. */
  async #emptyKernelQueues(): Promise<void> {
    const until = monotonic() + ACCEPT_TIMEOUT;
    // The first immediate may run in the turn that is under way.
    await nextTurn();
    let before: number;
    do {
      before = this.#distribution.arrived;
      await nextTurn();
    } while (this.#distribution.arrived > before && monotonic() < until);
  }

  // ── What workers say ────────────────────────────────────────────────────────────────────────────────────────────

  #receive(member: Member, message: FromWorker, handle: ConnectionHandle): void {
    switch (message.act) {
      case 'listen':
        void this.#listen(member, message.seq, message.query);
        return;
      case 'close':
        return this.#leave(member, message.key);
      case 'returned':
        return this.#distribution.takeBack(member, message.seq, message.key, handle);
      case 'full':
        return this.#limit(member, message.key, message.full);
      case 'fenced':
        return member.fenced(message.seq);
    }
  }

  async #listen(member: Member, seq: number, query: ListenQuery): Promise<void> {
    // Its worker is about to be told to leave.
    if (this.#closing) return;
    const { address, port, addressType, fd, index } = query;
    const key = [address, port, addressType, fd, ...(port === 0 ? [index] : [])].join(':');
    const fail = (errno: number) => member.send({ cmd: COMMAND, act: 'listening', seq, key, errno });
    // Node's own listener may have the address by now.
    if (!this.#isSupported) return fail(UNSUPPORTED);
    if (member.serves.has(key)) return fail(-constants.errno.EADDRINUSE);
    member.serves.add(key);
    const listener = this.#listenerAt(key, query);
    const errno = await listener.ready;
    if (errno) {
      member.serves.delete(key);
      if (this.#listeners.get(key) === listener) this.#end(key, listener);
    }
    if (errno === UNSUPPORTED && this.#isSupported) {
      this.#isSupported = false;
      this.#fallsBack();
    }
    const { sockname, data } = listener;
    member.send({ cmd: COMMAND, act: 'listening', seq, key, errno, sockname, data });
    this.#distribution.feed(member);
  }

  #listenerAt(key: string, query: ListenQuery): Listener {
    const existing = this.#listeners.get(key);
    if (existing) return existing;
    const listener = new Listener(
      query,
      connection => this.#distribution.arrive(key, connection),
      reason => this.#lost(reason, 1),
    );
    this.#listeners.set(key, listener);
    this.#distribution.open(key);
    return listener;
  }

  /** A server was closed. The address goes with the last one, unless that leaves for others to come. */
  #leave(member: Member, key: string): void {
    member.serves.delete(key);
    member.full.delete(key);
    const listener = this.#listeners.get(key);
    if (!listener || member.withdrawn || this.#closing || this.#distribution.isServed(key)) return;
    this.#end(key, listener);
  }

  #end(key: string, listener: Listener): void {
    this.#listeners.delete(key);
    listener.close();
    this.#distribution.shut(key);
  }

  #limit(member: Member, key: string, full: boolean): void {
    if (full) member.full.add(key);
    else member.full.delete(key);
    this.#distribution.feed(member);
  }
}

import { type ConnectionHandle, Listener, type Waiting } from './listener.ts';
import type { HandOver, Member } from './member.ts';
import { GRACE, type ListenQuery, monotonic } from './messages.ts';

/**
 * How long a worker may take to receive a connection before another one gets it, ms; twice as long at each further
 * attempt, so that a connection is served even where every worker is slow.
 */
const PATIENCE = 200;
/** Further attempts are given no more time than this one, 13 s. */
const MOST_DOUBLINGS = 6;
/** How often it is looked what has waited too long, ms. One timer for all: one per connection would cost. */
const SWEEP_PERIOD = 50;
/** Connections that wait for a worker at one address; further ones are closed. */
const MOST_WAITING = 4_096;

/** Which worker gets which connection, and when another one does. */
export class Distribution {
  readonly #acceptWait: number;
  readonly #listeners = new Map<string, Listener>();
  /** In the order of their turns. */
  readonly #members = new Map<number, Member>();
  #sweeper: NodeJS.Timeout | undefined;
  #seq = 0;
  #arrived = 0;
  #whenIdle: (() => void) | undefined;

  /** @param acceptWait how long a connection waits for a worker, ms */
  constructor(acceptWait: number) {
    this.#acceptWait = acceptWait;
  }

  /** How many connections have arrived since the beginning. */
  get arrived(): number {
    return this.#arrived;
  }

  // ── Workers ─────────────────────────────────────────────────────────────────────────────────────────────────────

  admit(member: Member): void {
    this.#members.set(member.worker.id, member);
  }

  memberOf(id: number): Member | undefined {
    return this.#members.get(id);
  }

  /** A worker is gone: what it had not received goes to others. */
  dismiss(member: Member): void {
    if (!this.#members.delete(member.worker.id)) return;
    member.lost();
    const waiting = member.pending?.waiting;
    member.pending = undefined;
    if (waiting) this.#returnToFront(waiting);
    this.#finish();
  }

  /** A worker can take something: it gets what has waited longest of what it serves. */
  feed(member: Member): void {
    if (!member.isFree) return;
    let oldest: Waiting | undefined;
    for (const { key, waiting } of this.#listeners.values()) {
      const [first] = waiting;
      if (first && member.serving(key) && (!oldest || first.until < oldest.until)) oldest = first;
    }
    if (oldest) this.#distribute(oldest.listener);
  }

  // ── Listeners ───────────────────────────────────────────────────────────────────────────────────────────────────

  listenerOf(key: string, query: ListenQuery): Listener {
    const existing = this.#listeners.get(key);
    if (existing) return existing;
    const listener: Listener = new Listener(key, query, connection => this.#arrive(connection, listener));
    this.#listeners.set(key, listener);
    return listener;
  }

  /** One that could not listen. */
  forget(listener: Listener): void {
    if (this.#listeners.get(listener.key) === listener) this.#listeners.delete(listener.key);
  }

  /** Ends a listener that no worker serves. */
  abandon(key: string): void {
    const listener = this.#listeners.get(key);
    if (!listener) return;
    for (const { serves } of this.#members.values()) if (serves.has(key)) return;
    this.#listeners.delete(key);
    listener.close();
    listener.drop();
  }

  /** Refuses further connections; those that wait are still given to workers. */
  unlisten(): void {
    for (const listener of this.#listeners.values()) listener.close();
  }

  /** Resolves when all that has arrived is in a worker's hands, or after `timeout` ms. */
  async idle(timeout: number): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, timeout);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Closes what waits. */
  end(): void {
    for (const listener of this.#listeners.values()) listener.drop();
    this.#listeners.clear();
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** A worker has received a handle, or it was lost on its way. */
  settle(member: Member, received: boolean): void {
    const { pending } = member;
    // Otherwise it is the receipt of a handle that the application has sent.
    if (pending?.state !== 'sent') return;
    member.pending = undefined;
    if (!received) member.forfeited.delete(pending.seq);
    if (received) pending.waiting?.connection.close();
    else if (pending.waiting) this.#returnToFront(pending.waiting);
    this.feed(member);
    this.#finish();
  }

  /** A worker returns what it received: another one gets it, unless it has it already. */
  takeBack(member: Member, seq: number, key: string, connection: ConnectionHandle): void {
    const listener = this.#listeners.get(key);
    if (member.forfeited.delete(seq) || !listener) return connection.close();
    this.#returnToFront({ connection, listener, until: monotonic() + this.#acceptWait, attempts: 0 });
  }

  #arrive(connection: ConnectionHandle, listener: Listener): void {
    this.#arrived += 1;
    const { waiting } = listener;
    if (waiting.length >= MOST_WAITING) return connection.close();
    waiting.push({ connection, listener, until: monotonic() + this.#acceptWait, attempts: 0 });
    this.#distribute(listener);
  }

  /** One that no worker has; its address may have been closed meanwhile. */
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
      const patience = PATIENCE * 2 ** Math.min(waiting.attempts, MOST_DOUBLINGS);
      member.handOver(this.#seq++, monotonic() + patience, waiting);
    }
    this.#watch();
  }

  /** Free workers take turns: the one that was chosen goes to the end. */
  #nextFor({ key }: Listener): Member | undefined {
    for (const [id, member] of this.#members) {
      if (!member.isFree || !member.serving(key)) continue;
      this.#members.delete(id);
      this.#members.set(id, member);
      return member;
    }
    return undefined;
  }

  // ── What takes too long ─────────────────────────────────────────────────────────────────────────────────────────

  #watch(): void {
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_PERIOD).unref();
  }

  #sweep(): void {
    const now = monotonic();
    for (const member of this.#members.values()) {
      const { pending } = member;
      // A receipt that has arrived is read before the immediate runs, even if this process was the slow one.
      if (pending && pending.deadline + GRACE <= now) setImmediate(() => this.#giveToAnother(member, pending));
    }
    // A connection waits as long as some worker will take it, however slow; and `acceptWait` for one that is coming.
    for (const listener of this.#listeners.values()) {
      if (!this.#isServed(listener)) listener.drop(({ until }) => until <= now);
    }
    if (!this.#isIdle()) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    this.#finish();
  }

  #giveToAnother(member: Member, pending: HandOver): void {
    const { waiting } = pending;
    if (member.pending !== pending || !waiting) return;
    pending.waiting = undefined;
    if (pending.state === 'failed') member.pending = undefined;
    else member.forfeited.add(pending.seq);
    waiting.attempts += 1;
    this.#returnToFront(waiting);
  }

  #isServed({ key }: Listener): boolean {
    for (const member of this.#members.values()) if (member.serving(key)) return true;
    return false;
  }

  /** Nothing waits, and nothing is on its way that no other has. */
  #isIdle(): boolean {
    for (const { waiting } of this.#listeners.values()) if (waiting.length > 0) return false;
    for (const { pending } of this.#members.values()) if (pending?.waiting) return false;
    return true;
  }

  #finish(): void {
    if (this.#whenIdle && this.#isIdle()) this.#whenIdle();
  }
}

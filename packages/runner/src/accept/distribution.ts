import { monotonic } from '../monotonic.ts';
import { type ConnectionHandle, Line, type Waiting } from './line.ts';
import type { HandOver, Member } from './member.ts';
import { GRACE } from './messages.ts';

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

/** Hears why so many connections were closed before a worker had them. */
export type Lost = (reason: string, connections: number) => void;

/** Which worker gets which connection, and when another one does. */
export class Distribution {
  readonly #acceptWait: number;
  readonly #lost: Lost;
  readonly #lines = new Map<string, Line>();
  /** In the order of their turns. */
  readonly #members = new Map<number, Member>();
  #sweeper: NodeJS.Timeout | undefined;
  #seq = 0;
  #arrived = 0;
  #whenIdle: (() => void) | undefined;

  /**
   * @param acceptWait how long a connection waits for a worker, ms
   * @param lost hears of connections that had to be closed
   */
  constructor(acceptWait: number, lost: Lost) {
    this.#acceptWait = acceptWait;
    this.#lost = lost;
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
    for (const { key, waiting } of this.#lines.values()) {
      const [first] = waiting;
      if (first && member.serving(key) && (!oldest || first.until < oldest.until)) oldest = first;
    }
    if (oldest) this.#distribute(oldest.line);
  }

  // ── Addresses ───────────────────────────────────────────────────────────────────────────────────────────────────

  open(key: string): void {
    this.#lines.set(key, new Line(key));
  }

  /** Closes what waits there. */
  shut(key: string): void {
    this.#lines.get(key)?.drop();
    this.#lines.delete(key);
  }

  /** Whether a worker has a server there, paused and full ones included. */
  isServed(key: string): boolean {
    for (const { serves } of this.#members.values()) if (serves.has(key)) return true;
    return false;
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

  /** Closes what waits anywhere. */
  end(): void {
    for (const key of this.#lines.keys()) this.shut(key);
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  arrive(key: string, connection: ConnectionHandle): void {
    this.#arrived += 1;
    const line = this.#lines.get(key);
    if (!line) return connection.close();
    if (line.waiting.length >= MOST_WAITING) {
      this.#lost(`${MOST_WAITING} others wait for a worker already`, 1);
      return connection.close();
    }
    line.waiting.push(this.#waiting(connection, line));
    this.#distribute(line);
  }

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
    const line = this.#lines.get(key);
    if (member.forfeited.delete(seq) || !line) return connection.close();
    this.#returnToFront(this.#waiting(connection, line));
  }

  #waiting(connection: ConnectionHandle, line: Line): Waiting {
    return { connection, line, until: monotonic() + this.#acceptWait, attempts: 0 };
  }

  /** One that no worker has; its address may have been closed meanwhile. */
  #returnToFront(waiting: Waiting): void {
    const { line, connection } = waiting;
    if (this.#lines.get(line.key) !== line) return connection.close();
    line.waiting.unshift(waiting);
    this.#distribute(line);
  }

  #distribute(line: Line): void {
    while (line.waiting.length > 0) {
      const member = this.#nextFor(line);
      const waiting = member && line.waiting.shift();
      if (!waiting) break;
      const patience = PATIENCE * 2 ** Math.min(waiting.attempts, MOST_DOUBLINGS);
      member.handOver(this.#seq++, monotonic() + patience, waiting);
    }
    this.#watch();
  }

  /** Free workers take turns: the one that was chosen goes to the end. */
  #nextFor({ key }: Line): Member | undefined {
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
    for (const line of this.#lines.values()) {
      if (this.#isBeingServed(line)) continue;
      const dropped = line.drop(({ until }) => until <= now);
      if (dropped > 0) this.#lost(`no worker was ready within ${this.#acceptWait} ms (acceptWait)`, dropped);
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

  #isBeingServed({ key }: Line): boolean {
    for (const member of this.#members.values()) if (member.serving(key)) return true;
    return false;
  }

  /** Nothing waits, and nothing is on its way that no other has. */
  #isIdle(): boolean {
    for (const { waiting } of this.#lines.values()) if (waiting.length > 0) return false;
    for (const { pending } of this.#members.values()) if (pending?.waiting) return false;
    return true;
  }

  #finish(): void {
    if (this.#whenIdle && this.#isIdle()) this.#whenIdle();
  }
}

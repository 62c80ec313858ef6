import { encode } from '@troupe/ipc/transport';
import { outcomeUnknown, tooMuch } from '../errors.ts';
import { Kind, LEASE, type Message } from '../protocol.ts';
import type { Question, Questions } from '../questions.ts';
import { keep } from '../stored.ts';
import { type Call, type Line, PlainCall, type Settle, type Waiting } from './call.ts';
import { CallTable } from './call-table.ts';
import { Opened, type OpenOptions } from './opened.ts';
import { refusalIn, resultIn } from './replies.ts';

/**
 * A process's part in the protocol: what it has opened, what it waits for, and the lease on what it holds near. It has no
 * socket, no timer and no promise, so that a simulation can be its whole world.
 */
export class Member implements Line {
  /** What is near may be read until then, by {@link now}. */
  leaseUntil = 0;
  /** Whoever reads after that asks for another lease. */
  renewAt = 0;
  /** Counts connections: what an earlier one was granted is void. */
  connection = 0;
  /** Why there is no connection, if somebody said so. */
  problem: Error | undefined;
  readonly now: () => number;
  readonly report: (problem: Error) => void;
  readonly #opened: Opened[] = [];
  readonly #calls = new CallTable();
  /** Questions about caches in general. */
  readonly #questions: Call[] = [];
  #refusal: Error | undefined;
  #send: ((message: Message) => boolean) | undefined;
  #renewing = false;
  /** The last recall that was heeded and not yet answered; 0 for none. */
  #heeded = 0;
  readonly #defer: (fn: () => void) => void;

  /**
   * @param now the time, ms, on a clock that never goes back and runs as the manager's does
   * @param report hears of problems that no caller waits for
   * @param defer calls a function soon: recalls that come together are answered together
   */
  constructor(now: () => number, report: (problem: Error) => void, defer: (fn: () => void) => void) {
    this.now = now;
    this.report = report;
    this.#defer = defer;
  }

  get isUp(): boolean {
    return this.#send !== undefined;
  }

  open(name: string, options: OpenOptions): Opened {
    const opened = new Opened(this, this.#opened.length + 1, name, options);
    this.#opened.push(opened);
    opened.refuse(this.#refusal);
    if (this.isUp) opened.up(false);
    return opened;
  }

  /** No connection is to be waited for: what waits fails, and so does what comes. Undefined: there may be one again. */
  refuse(refusal: Error | undefined): void {
    this.#refusal = refusal;
    for (const opened of this.#opened) opened.refuse(refusal);
    if (refusal !== undefined) for (const call of this.#questions.splice(0)) call.fail(refusal, false);
  }

  /** There is a connection, on which nothing was sent yet. `send` returns false when too much waits already. */
  up(send: (message: Message) => boolean): void {
    const again = this.connection > 0;
    this.connection++;
    this.#send = send;
    for (const opened of this.#opened) opened.up(again);
    for (const call of this.#questions.splice(0)) this.call(call);
  }

  /** The connection is gone: so is what was held near, and what was granted. */
  down(cause: Error): void {
    this.#send = undefined;
    this.leaseUntil = this.renewAt = 0;
    this.#renewing = false;
    this.#heeded = 0;
    const calls = this.#calls.takeAll();
    for (const opened of this.#opened) opened.down();
    for (const call of calls) this.#interrupt(call, cause);
  }

  take(message: Message): void {
    const { kind, id } = message;
    if (kind === Kind.recall) return this.#opened[message.cache - 1]?.recall(message);
    if (kind === Kind.changed) return this.#opened[message.cache - 1]?.changed(message);
    const call = this.#calls.take(id);
    if (call === undefined) return;
    if (call.kind === Kind.get || call.kind === Kind.renew) this.#extend(call.sentAt + LEASE);
    if (kind === Kind.refused) call.fail(refusalIn(message.value), false);
    else call.reply(message);
  }

  /** Sends a call now. Only when {@link isUp}. */
  call(call: Call): void {
    call.sent = true;
    call.sentAt = this.now();
    call.id = this.#calls.add(call);
    if (this.#send?.(call)) return;
    this.#calls.take(call.id);
    call.sent = false;
    call.fail(tooMuch(), false);
  }

  /** Says something that has no answer. */
  tell(kind: Kind, cache: number, fields: Partial<Message>): void {
    this.#send?.({ ...fields, kind, id: 0, cache, flags: 0 });
  }

  dropped(token: number): void {
    if (this.#heeded === 0) this.#defer(() => this.#answerRecalls());
    this.#heeded = token;
  }

  /** What is near is in use, so the lease should not end. */
  renew(): void {
    if (this.#renewing || !this.isUp) return;
    this.#renewing = true;
    const over = () => {
      this.#renewing = false;
    };
    this.call(new PlainCall(Kind.renew, 0, 0, '', false, { reply: over, fail: over }));
    this.tally();
  }

  /** Tells the manager what the near stores have done. */
  tally(): void {
    for (const opened of this.#opened) opened.tally();
  }

  ask<Q extends Question>(
    question: Q,
    params: Questions[Q]['params'],
    settle: Settle<Questions[Q]['result']>,
  ): Waiting {
    const call = new PlainCall(Kind.ask, 0, 0, question, question !== 'destroy', {
      reply: ({ value }) => settle.resolve(resultIn(value) as Questions[Q]['result']),
      fail: (cause, sent) => settle.reject(sent ? outcomeUnknown(`The ${question} of a cache`, cause.message) : cause),
    });
    call.value = keep(encode(params, 'the question'));
    if (this.isUp) this.call(call);
    else if (this.#refusal !== undefined) call.fail(this.#refusal, false);
    else this.#questions.push(call);
    return call;
  }

  #answerRecalls(): void {
    if (this.#heeded !== 0) this.tell(Kind.recalled, 0, { token: this.#heeded });
    this.#heeded = 0;
  }

  #extend(until: number): void {
    if (until <= this.leaseUntil) return;
    this.leaseUntil = until;
    this.renewAt = until - LEASE / 2;
  }

  #interrupt(call: Call, cause: Error): void {
    if (!call.safe) call.fail(cause, true);
    else if (!call.abandoned) this.#again(call);
  }

  #again(call: Call): void {
    const opened = this.#opened[call.cache - 1];
    if (opened === undefined) this.#questions.push(call);
    else opened.wait(call);
  }
}

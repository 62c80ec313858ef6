import { malformed, messageOf, RemoteError, toError, tooLarge } from './errors.ts';
import type { EventHub } from './event-hub.ts';
import type { Frame } from './frame.ts';
import type { Handlers } from './handlers.ts';
import type { Link } from './link.ts';
import { bareValueIn, encodeFailure, encodeValue, failureIn, nameIn, routedIn, valueIn } from './message.ts';
import type { Pending } from './pending.ts';
import { Kind } from './protocol.ts';
import { report } from './report.ts';

/** What a client does with each delivery: hears events, serves requests, settles answers. */
export class Inbox {
  readonly #hub: EventHub;
  readonly #handlers: Handlers;
  readonly #pending: Pending;
  readonly #maxFrame: number;
  /** Where answers go: only over the connection that the request came by, for its id means nothing to another. */
  #link: { send(frame: Buffer): boolean } | undefined;

  constructor(hub: EventHub, handlers: Handlers, pending: Pending, maxFrame: number) {
    this.#hub = hub;
    this.#handlers = handlers;
    this.#pending = pending;
    this.#maxFrame = maxFrame;
  }

  plugIn(link: Link): void {
    this.#link = { send: frame => link.send(frame) };
  }

  unplug(): void {
    this.#link = undefined;
  }

  /** Never throws: a payload that another process made badly is reported, and the bus goes on. */
  take(frame: Frame): void {
    try {
      this.#sort(frame);
    } catch (problem) {
      report(malformed(messageOf(problem)));
    }
  }

  #sort(frame: Frame): void {
    const from = frame.source;
    switch (frame.kind) {
      case Kind.event:
        this.#hear(frame, from);
        break;
      case Kind.request:
        this.#serve(frame, from);
        break;
      case Kind.routed:
        this.#pending.settle(frame.correlation, waiter => waiter.routed(routedIn(frame)));
        break;
      case Kind.reply:
        this.#pending.settle(frame.correlation, waiter => waiter.reply(from, () => bareValueIn(frame)));
        break;
      case Kind.failure:
        this.#pending.settle(frame.correlation, waiter => waiter.failure(from, new RemoteError(failureIn(frame))));
        break;
      default:
        throw malformed(`the broker may not send frames of kind ${frame.kind}`);
    }
  }

  #hear(frame: Frame, from: number): void {
    const name = nameIn(frame);
    if (!this.#hub.hears(name)) return;
    const args = valueIn(frame);
    if (!Array.isArray(args)) throw malformed(`the arguments of '${name}' must be an array`);
    this.#hub.deliver(name, args, from);
  }

  #serve(frame: Frame, from: number): void {
    const link = this.#link;
    const { correlation } = frame;
    const reply = (answer: () => Buffer) => {
      if (link !== undefined && this.#link === link) link.send(answer());
    };
    const fail = (problem: unknown) => reply(() => encodeFailure({ correlation }, toError(problem)));
    let name: string;
    let params: unknown;
    try {
      name = nameIn(frame);
      params = valueIn(frame);
    } catch (problem) {
      fail(malformed(messageOf(problem)));
      return;
    }
    this.#handlers
      .answer(name, params, from)
      .then(value => reply(() => this.#encodeReply(correlation, name, value)))
      .catch(fail);
  }

  #encodeReply(correlation: number, name: string, value: unknown): Buffer {
    const frame = encodeValue({ kind: Kind.reply, correlation }, value, `The result of '${name}'`);
    if (frame.length > this.#maxFrame) throw tooLarge(`The result of '${name}'`, frame.length, this.#maxFrame);
    return frame;
  }
}

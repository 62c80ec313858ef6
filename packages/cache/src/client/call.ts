import type { Kind, Message } from '../protocol.ts';
import { keep, type Stored } from '../stored.ts';

/** Something that a caller waits for. */
export interface Waiting {
  /** What it waits for now, to complete "it still waits for …". */
  readonly waitsFor: string;
  /** When it was sent, ms of the process's clock; 0 when it was not. */
  readonly sentAt: number;
  /** The caller waits no more. @returns whether the manager may have heard of it */
  abandon(): boolean;
}

/** Hears what becomes of a call: exactly one of the two. */
export interface CallEnd {
  reply(message: Message): void;
  /** No answer can come; `sent` says whether the manager may have heard of it. */
  fail(cause: Error, sent: boolean): void;
}

/** One request to the manager: the message itself, and what is done about its answer. There are many, so it is one object. */
export abstract class Call implements Waiting, Message, CallEnd {
  readonly kind: Kind;
  readonly cache: number;
  flags: number;
  readonly key: string;
  id = 0;
  token: number | undefined;
  expire: number | undefined;
  cost: number | undefined;
  value: Stored | undefined;
  /** Asking twice does no harm, so that it is sent again when the connection breaks. */
  readonly safe: boolean;
  sentAt = 0;
  sent = false;
  abandoned = false;
  #queue: Set<Call> | undefined;

  constructor(kind: Kind, cache: number, flags: number, key: string, safe: boolean) {
    this.kind = kind;
    this.cache = cache;
    this.flags = flags;
    this.key = key;
    this.safe = safe;
  }

  abstract reply(message: Message): void;
  abstract fail(cause: Error, sent: boolean): void;

  get waitsFor(): string {
    return this.sent ? 'the cache manager' : 'a connection to the cache manager';
  }

  /** It waits there to be sent. */
  enqueue(queue: Set<Call>): void {
    this.#queue = queue.add(this);
    this.sent = false;
    // What was encoded lasts no longer than this call.
    if (this.value !== undefined) this.value = keep(this.value);
  }

  abandon(): boolean {
    this.abandoned = true;
    if (this.#queue?.delete(this)) this.fail(new Error('nobody waits for it any more'), false);
    return this.sent;
  }
}

/** A call whose end is told to somebody else. */
export class PlainCall extends Call {
  readonly #end: CallEnd;

  constructor(kind: Kind, cache: number, flags: number, key: string, safe: boolean, end: CallEnd) {
    super(kind, cache, flags, key, safe);
    this.#end = end;
  }

  override reply(message: Message): void {
    this.#end.reply(message);
  }

  override fail(cause: Error, sent: boolean): void {
    this.#end.fail(cause, sent);
  }
}

/** What is called with the end of an operation. */
export interface Settle<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** The way to the manager, as one cache uses it. */
export interface Line {
  /** Whether there is a connection. */
  readonly isUp: boolean;
  /** Counts connections: what an earlier one was granted is void. */
  readonly connection: number;
  /** What is near may be read until then, and whoever reads after `renewAt` asks for more time. */
  readonly leaseUntil: number;
  readonly renewAt: number;
  renew(): void;
  /** The time, ms. */
  now(): number;
  /** Sends a call; only when there is a connection. */
  call(call: Call): void;
  /** Says something that has no answer. */
  tell(kind: Kind, cache: number, fields: Partial<Message>): void;
  /** What this recall named is dropped. */
  dropped(token: number): void;
  /** Hears of problems that no caller waits for. */
  report(problem: Error): void;
}

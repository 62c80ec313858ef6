import type { Client, ClientEvents, ClientState, RequestOptions } from './client.ts';
import {
  badArgument,
  closed,
  disconnected,
  listenerThrew,
  noAnswer,
  noCluster,
  queueFull,
  tooLarge,
} from './errors.ts';
import { type AnyEventListener, EventHub, type EventListener } from './event-hub.ts';
import { encodeFrame } from './frame.ts';
import { type HandleOptions, Handlers } from './handlers.ts';
import { Inbox } from './inbox.ts';
import type { Link, OpenLink } from './link.ts';
import { Listeners } from './listeners.ts';
import { encodeNamed } from './message.ts';
import { Pending, type Waiter } from './pending.ts';
import {
  Kind,
  MAX_FRAME,
  MAX_QUEUE,
  type Params,
  REQUEST_TIMEOUT,
  type RequestName,
  type Result,
  type Role,
  type Target,
} from './protocol.ts';
import { report } from './report.ts';
import { SendQueue } from './send-queue.ts';
import { eventAudience, isPid, requestAudience } from './targets.ts';
import { checkTimeout } from './timeout.ts';
import { type Answer, GatherWaiter, SingleWaiter } from './waiters.ts';
import { within } from './within.ts';

export interface BusClientOptions {
  /** Bytes that may wait for a connection. @default 16 MiB */
  maxQueue?: number;
  /** Bytes of one message. @default 16 MiB */
  maxFrame?: number;
}

/** The client over whatever link it is attached to; without one, the process is local. */
export class BusClient implements Client {
  readonly pid = process.pid;
  #state: ClientState = 'local';
  #link: Link | undefined;
  readonly #maxQueue: number;
  readonly #maxFrame: number;
  readonly #queue: SendQueue;
  readonly #hub = new EventHub();
  readonly #handlers = new Handlers();
  readonly #pending = new Pending(
    correlation => this.#giveUp(correlation),
    () => this.#holdLink(),
  );
  readonly #inbox: Inbox;
  readonly #connected = new Listeners<[]>();
  readonly #disconnected = new Listeners<[Error]>();
  readonly #missed = new Listeners<[string]>();
  readonly #waitingForReady = new Set<{ resolve: () => void; reject: (error: Error) => void }>();
  /** A full queue is reported once until it is half empty again. */
  #refusing = false;

  constructor(options: BusClientOptions = {}) {
    this.#maxQueue = options.maxQueue ?? MAX_QUEUE;
    this.#maxFrame = options.maxFrame ?? MAX_FRAME;
    this.#queue = new SendQueue(this.#maxQueue);
    this.#inbox = new Inbox(this.#hub, this.#handlers, this.#pending, this.#maxFrame);
  }

  get role(): Role {
    return this.#link?.role ?? 'master';
  }

  get state(): ClientState {
    return this.#state;
  }

  emit(targets: Target | readonly Target[], event: string, args: readonly unknown[] = []): boolean {
    const { self, others } = eventAudience(targets, this);
    let sent = true;
    if (others.length > 0 && this.#state !== 'local')
      sent = this.#send(this.#sized(encodeNamed({ kind: Kind.event, targets: others }, event, args), event));
    if (self) this.#hub.deliver(event, [...args], this.pid);
    return sent;
  }

  onEvent(event: string, listener: EventListener): () => void;
  onEvent(listener: AnyEventListener): () => void;
  onEvent(eventOrListener: string | AnyEventListener, listener?: EventListener): () => void {
    if (typeof eventOrListener === 'function') return this.#hub.addAny(eventOrListener);
    if (typeof listener !== 'function') throw badArgument(`The listener of '${eventOrListener}' must be a function.`);
    return this.#hub.add(eventOrListener, listener);
  }

  async request<N extends RequestName>(
    target: 'master' | number,
    name: N,
    params: Params<N>,
    options: RequestOptions = {},
  ): Promise<Result<N>> {
    const timeout = checkTimeout(options.timeout ?? REQUEST_TIMEOUT);
    const { self, others } = requestAudience(target, this);
    if (self) return (await this.#answerHere(name, params, timeout)) as Result<N>;
    if (this.#state === 'local') throw noCluster(name);
    const waiter = new SingleWaiter(() => noAnswer(name, typeof target === 'number' ? [target] : [], timeout));
    this.#ask(waiter, others, name, params, timeout);
    return (await waiter.promise) as Result<N>;
  }

  async gather<N extends RequestName>(
    targets: Target | readonly Target[],
    name: N,
    params: Params<N>,
    options: RequestOptions = {},
  ): Promise<Answer<Result<N>>[]> {
    const timeout = checkTimeout(options.timeout ?? REQUEST_TIMEOUT);
    const { self, others } = requestAudience(targets, this);
    const parts: Promise<Answer<unknown>[]>[] = [];
    if (others.length > 0 && this.#state !== 'local') {
      const waiter = new GatherWaiter(name, others, timeout);
      this.#ask(waiter, others, name, params, timeout);
      parts.push(waiter.promise);
    }
    if (self) parts.push(this.#ownAnswer(name, params, timeout));
    return (await Promise.all(parts)).flat() as Answer<Result<N>>[];
  }

  handle<N extends RequestName>(
    name: N,
    handler: (params: Params<N>, from: number) => Result<N> | Promise<Result<N>>,
    options: HandleOptions<Params<N>> = {},
  ): () => void {
    return this.#handlers.add(name, (params, from) => handler(params as Params<N>, from), options.validate);
  }

  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void {
    const listeners: { [K in keyof ClientEvents]: Listeners<Parameters<ClientEvents[K]>> } = {
      connected: this.#connected,
      disconnected: this.#disconnected,
      missed: this.#missed,
    };
    if (!Object.hasOwn(listeners, event)) throw badArgument(`A client has no event '${event}'.`);
    return listeners[event].add(listener as (...args: Parameters<ClientEvents[E]>) => void);
  }

  async ready(): Promise<void> {
    if (this.#state === 'connected') return;
    if (this.#state === 'closed') throw closed();
    await new Promise<void>((resolve, reject) => {
      this.#waitingForReady.add({ resolve, reject });
      this.#holdLink();
    });
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const link = this.#link;
    this.#queue.takeAll();
    this.#pending.abort(closed(), () => false);
    for (const { reject } of this.#waitingForReady) reject(closed());
    this.#waitingForReady.clear();
    await link?.close();
  }

  /** Joins the bus by this link, in place of the one before. */
  attach(open: OpenLink): void {
    const before = this.#link;
    this.#link = undefined;
    if (before !== undefined) {
      this.#inbox.unplug();
      this.#pending.abort(disconnected(), correlation => this.#queue.has(correlation));
      before.close().catch(problem => report(problem));
    }
    this.#state = 'connecting';
    const link: Link = open({
      up: (_master, missed) => this.#link === link && this.#up(link, missed),
      frame: frame => this.#link === link && this.#inbox.take(frame),
      down: cause => this.#link === link && this.#down(cause),
      over: cause => this.#link === link && this.#over(cause),
    });
    this.#link = link;
    this.#holdLink();
    link.start();
  }

  // ── Connection ────────────────────────────────────────────────────────────────────────────────────────────────────

  #up(link: Link, missed: string | undefined): void {
    this.#state = 'connected';
    this.#inbox.plugIn(link);
    for (const frame of this.#queue.takeAll()) link.send(frame);
    for (const { resolve } of this.#waitingForReady) resolve();
    this.#waitingForReady.clear();
    this.#holdLink();
    this.#connected.call(cause => report(listenerThrew('connected', cause)));
    if (missed !== undefined) this.#missed.call(cause => report(listenerThrew('missed', cause)), missed);
  }

  #down(cause: Error): void {
    if (this.#state === 'closed') return;
    const wasConnected = this.#state === 'connected';
    this.#state = 'connecting';
    this.#inbox.unplug();
    this.#pending.abort(disconnected(cause), correlation => this.#queue.has(correlation));
    if (wasConnected) this.#disconnected.call(problem => report(listenerThrew('disconnected', problem)), cause);
  }

  #over(cause: Error): void {
    this.#down(cause);
    if (this.#state === 'closed') return;
    this.#state = 'local';
    this.#link = undefined;
    this.#queue.takeAll();
    this.#pending.abort(disconnected(cause), () => false);
  }

  /** Whoever waits for something keeps the process alive; listening alone does not. */
  #holdLink(): void {
    this.#link?.hold(this.#pending.size > 0 || this.#waitingForReady.size > 0);
  }

  /** Sends now or when connected. `correlation` is that of a request, which may be taken back while it waits here. */
  #send(frame: Buffer, correlation?: number): boolean {
    if (this.#state === 'closed') return false;
    const link = this.#state === 'connected' ? this.#link : undefined;
    const taken = link === undefined ? this.#queue.add(frame, correlation) : link.send(frame);
    const waiting = link?.backlog ?? this.#queue.bytes;
    if (!taken && !this.#refusing) report(queueFull(waiting));
    if (!taken) this.#refusing = true;
    else if (waiting < this.#maxQueue / 2) this.#refusing = false;
    return taken;
  }

  #sized(frame: Buffer, name: string): Buffer {
    if (frame.length > this.#maxFrame) throw tooLarge(`'${name}'`, frame.length, this.#maxFrame);
    return frame;
  }

  // ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #ask(waiter: Waiter, targets: readonly number[], name: string, params: unknown, timeout: number): void {
    if (this.#state === 'closed') throw closed();
    const frame = this.#sized(encodeNamed({ kind: Kind.request, targets }, name, params), name);
    const correlation = this.#pending.open(waiter, timeout);
    frame.writeUInt32BE(correlation, 6);
    // The broker lists those that were asked, but for a single process.
    const [only] = targets;
    if (targets.length === 1 && isPid(only)) waiter.routed(targets);
    if (this.#send(frame, correlation)) return;
    this.#pending.close(correlation);
    waiter.abort(queueFull(this.#link?.backlog ?? this.#queue.bytes));
  }

  #giveUp(correlation: number): void {
    const wasQueued = this.#queue.remove(correlation);
    if (!wasQueued && this.#state === 'connected') this.#link?.send(encodeFrame({ kind: Kind.cancel, correlation }));
  }

  async #answerHere(name: string, params: unknown, timeout: number): Promise<unknown> {
    if (this.#state === 'local' && !this.#handlers.has(name)) throw noCluster(name);
    return within(this.#handlers.answer(name, params, this.pid), timeout, () => noAnswer(name, [this.pid], timeout));
  }

  async #ownAnswer(name: string, params: unknown, timeout: number): Promise<Answer<unknown>[]> {
    const { pid } = this;
    return this.#answerHere(name, params, timeout).then(
      value => [{ pid, value }],
      error => [{ pid, error }],
    );
  }
}

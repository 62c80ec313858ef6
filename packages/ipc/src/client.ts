import type { AnyEventListener, EventListener } from './event-hub.ts';
import type { HandleOptions } from './handlers.ts';
import type { Params, RequestName, Result, Role, Target } from './protocol.ts';
import type { Answer } from './waiters.ts';

/** `local`: this process belongs to no cluster (yet). */
export type ClientState = 'local' | 'connecting' | 'connected' | 'closed';

export interface RequestOptions {
  /** How long the answer may take, ms, the wait for a connection included. @default 10000 */
  timeout?: number;
}

/** What a client tells of its connection. */
export interface ClientEvents {
  /** After each connection and reconnection. */
  connected: () => void;
  /** The connection is gone; a new one is being made. */
  disconnected: (cause: Error) => void;
  /** After a reconnection: events may have been missed, and why. */
  missed: (why: string) => void;
}

/** One process's place on the bus. */
export interface Client {
  readonly pid: number;
  readonly role: Role;
  readonly state: ClientState;

  /**
   * Sends an event; who is included himself hears it before this returns. Events keep the order of one sender to one
   * receiver, and wait in a bounded queue while there is no connection.
   * @returns false when the queue is full: the event went nowhere but to this process (reported once per episode)
   * @throws TROUPE_ERR_IPC_BAD_TARGET, TROUPE_ERR_IPC_NOT_ENCODABLE, TROUPE_ERR_IPC_TOO_LARGE
   */
  emit(targets: Target | readonly Target[], event: string, args?: readonly unknown[]): boolean;

  /**
   * Hears an event, or every event, that reaches this process. `from` is the sender's pid, which the broker vouches for.
   * Arguments are decoded only when somebody listens. Returns the function that stops it.
   */
  onEvent(event: string, listener: EventListener): () => void;
  onEvent(listener: AnyEventListener): () => void;

  /**
   * Asks one process. While it waits, it keeps this process alive. Rejects with TROUPE_ERR_IPC_NO_ANSWER (deadline),
   * _NO_PEER (no such process), _PEER_GONE (it went away), _NO_HANDLER, _NO_CLUSTER (in a local process without a handler),
   * _DISCONNECTED (whether it was carried out is unknown), _QUEUE_FULL, _CLOSED, or the handler's own error with its code
   * and message.
   */
  request<N extends RequestName>(
    target: 'master' | number,
    name: N,
    params: Params<N>,
    options?: RequestOptions,
  ): Promise<Result<N>>;

  /**
   * Asks several. Whoever fails or is silent is an entry with `error`; it rejects only when nobody could be asked. Answers
   * come in the order of their arrival.
   */
  gather<N extends RequestName>(
    targets: Target | readonly Target[],
    name: N,
    params: Params<N>,
    options?: RequestOptions,
  ): Promise<Answer<Result<N>>[]>;

  /** Serves a request. Returns the function that stops it. @throws TROUPE_ERR_IPC_DUPLICATE_HANDLER */
  handle<N extends RequestName>(
    name: N,
    handler: (params: Params<N>, from: number) => Result<N> | Promise<Result<N>>,
    options?: HandleOptions<Params<N>>,
  ): () => void;

  /** Returns the function that removes the listener. */
  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void;

  /** Resolves when connected, at once in a process that is; keeps the process alive meanwhile. @throws TROUPE_ERR_IPC_CLOSED */
  ready(): Promise<void>;

  /** Leaves the bus; what waits for an answer rejects. Listeners stay, and hear again once the client is attached anew. */
  close(): Promise<void>;
}

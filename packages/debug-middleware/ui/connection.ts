import { io, type Socket } from 'socket.io-client';
import type { Action, Answer, EntriesPage, EntriesQuery, FeedName, PageEvents, ServerEvents } from '../src/view.ts';
import { initialState, type State, withDelta, withWhole } from './store.ts';

type Listener = (state: State) => void;

/** Where the server's socket is: beside the directory of this script, whatever prefix a proxy has put before it. */
const PATH = new URL('../socket.io/', import.meta.url).pathname;

/** The page's line to its server. It connects by itself, and again; while nobody looks at the page, nothing is sent. */
export class Connection {
  readonly #socket: Socket<ServerEvents, PageEvents>;
  readonly #listener: Listener;
  #state = initialState;
  #feeds: readonly FeedName[] = [];
  #frame = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
    this.#socket = io({
      path: PATH,
      reconnectionDelay: 500,
      reconnectionDelayMax: 3_000,
    });
    this.#socket.on('connect', () => this.#watch());
    this.#socket.on('disconnect', reason => {
      this.#change({ ...this.#state, connection: 'lost' });
      // A server that turns us away is asked again, too: it may have been restarted, or know us by now.
      if (reason === 'io server disconnect') setTimeout(() => this.#socket.connect(), 3_000);
    });
    this.#socket.on('connect_error', () => this.#change({ ...this.#state, connection: 'lost' }));
    this.#socket.on('hello', hello => {
      // A server that was replaced by another version has another page, too.
      const { version = hello.version } = this.#state.hello ?? {};
      if (version !== hello.version) location.reload();
      this.#change({ ...this.#state, hello });
    });
    this.#socket.on('whole', (feed, whole) => this.#change(withWhole(this.#state, feed, whole, Date.now())));
    this.#socket.on('delta', (feed, delta) => this.#change(withDelta(this.#state, feed, delta, Date.now())));
    document.addEventListener('visibilitychange', () => this.#watch());
  }

  /** Watches exactly these feeds from now on. */
  watch(feeds: readonly FeedName[]): void {
    this.#feeds = feeds;
    this.#watch();
  }

  /** Asks for something, and tells what became of it. */
  act(action: Action): Promise<Answer<null>> {
    return this.#ask(told => this.#socket.emit('act', action, told));
  }

  /** Some entries of a cache. */
  find(query: EntriesQuery): Promise<Answer<EntriesPage>> {
    return this.#ask(told => this.#socket.emit('entries', query, told));
  }

  #ask<T>(send: (told: (answer: Answer<T>) => void) => void): Promise<Answer<T>> {
    if (this.#socket.connected) return new Promise(send);
    const message = 'There is no connection to the server just now.';
    return Promise.resolve({ done: false, code: 'TROUPE_ERR_DEBUG_OFFLINE', message });
  }

  #watch(): void {
    if (this.#socket.connected) this.#socket.emit('watch', document.hidden ? [] : [...this.#feeds]);
  }

  /** However much arrives, the page is drawn once per frame. */
  #change(state: State): void {
    this.#state = state;
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#listener(this.#state);
    });
  }
}

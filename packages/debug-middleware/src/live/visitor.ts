import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import type { Admission, Guard } from '@troupe/guard';
import type { Socket } from 'socket.io';
import { messageOf } from '../errors.ts';
import type { Bus } from '../options.ts';
import type { Answer, FeedName, Hello, PageEvents, ServerEvents } from '../view.ts';
import { carryOut, readAction } from './actions.ts';
import { findEntries, readQuery } from './entries.ts';
import type { createFeeds } from './feeds.ts';

export type PageSocket = Socket<PageEvents, ServerEvents>;

/** What a visitor needs of the page's server. */
export interface Surroundings {
  bus: Bus;
  guard: () => Guard;
  feeds: ReturnType<typeof createFeeds>;
  version: string;
}

/** Who looks is asked for this often, ms. */
const RECHECK = 30_000;

/**
 * One open page. Whoever is behind it is asked for at each event, and again and again while he looks: a session may have
 * ended, and access been lost.
 */
export class Visitor {
  readonly #socket: PageSocket;
  readonly #around: Surroundings;
  readonly #watched = new Set<FeedName>();

  constructor(socket: PageSocket, around: Surroundings) {
    this.#socket = socket;
    this.#around = around;
    socket.on('watch', names => void this.#guarded(() => this.#watch(names)));
    const { bus } = around;
    socket.on('act', (given, told) => {
      void this.#answer(
        told,
        () => readAction(given),
        async (action, by) => {
          await carryOut(action, by, bus);
          // Whoever watches sees at once what came of it.
          around.feeds[action.type === 'forget' ? 'caches' : 'cluster'].refresh();
          return null;
        },
      );
    });
    socket.on('entries', (given, told) => {
      void this.#answer(
        told,
        () => readQuery(given),
        query => findEntries(query, bus),
      );
    });
    const recheck = setInterval(() => void this.#guarded(() => this.#check()), RECHECK).unref();
    socket.on('disconnect', () => {
      clearInterval(recheck);
      for (const name of this.#watched) around.feeds[name].unwatch();
    });
    void this.#guarded(() => this.#greet());
  }

  /** The guard remembers whom a request is from; this one is judged anew. */
  get #request(): IncomingMessage {
    return Object.create(this.#socket.request) as IncomingMessage;
  }

  async #greet(): Promise<void> {
    const guard = this.#around.guard();
    const request = this.#request;
    const [access, looking, debugging] = await Promise.all([
      guard.level(request),
      guard.authorize(request, 'view'),
      guard.authorize(request, 'debug'),
    ]);
    const hello: Hello = {
      who: looking.allowed ? looking.who : 'anyone',
      access,
      login: debugging.allowed ? undefined : debugging.login,
      logout: looking.allowed ? looking.logout : undefined,
      host: hostname(),
      version: this.#around.version,
    };
    this.#socket.emit('hello', hello);
  }

  async #watch(names: unknown): Promise<void> {
    const { feeds } = this.#around;
    if (!(await this.#check())) return;
    const wanted = new Set(
      Array.isArray(names) ? names.filter((name): name is FeedName => Object.hasOwn(feeds, String(name))) : [],
    );
    for (const name of this.#watched) if (!wanted.has(name)) this.#leave(name);
    await Promise.all([...wanted].filter(name => !this.#watched.has(name)).map(name => this.#join(name)));
  }

  /** Whether he may still look; if not, that was it. */
  async #check(): Promise<boolean> {
    const { allowed } = await this.#around.guard().authorize(this.#request, 'view');
    if (!allowed) this.#socket.disconnect(true);
    return allowed;
  }

  async #join<N extends FeedName>(name: N): Promise<void> {
    const { feeds } = this.#around;
    this.#watched.add(name);
    await feeds[name].watch();
    // Meanwhile the page may have lost interest, or gone.
    if (!this.#watched.has(name) || !this.#socket.connected) return;
    this.#socket.emit('whole', name, feeds[name].whole());
    void this.#socket.join(name);
  }

  #leave(name: FeedName): void {
    this.#watched.delete(name);
    this.#around.feeds[name].unwatch();
    void this.#socket.leave(name);
  }

  /** What a visitor asks for takes the role `operate`, and is a line of the audit log. */
  async #answer<A extends { type: string }, T>(
    told: unknown,
    read: () => A,
    work: (asked: A, by: string) => Promise<T>,
  ): Promise<void> {
    const tell = (answer: Answer<T>) => {
      if (typeof told === 'function') told(answer);
    };
    try {
      const asked = read();
      const request = this.#request;
      const guard = this.#around.guard();
      const decision = await guard.authorize(request, 'operate');
      if (!decision.allowed) return tell({ done: false, code: decision.code, message: decision.message });
      guard.audit(request, `page: ${asked.type}`, { ...asked });
      tell({ done: true, result: await work(asked, describe(decision, this.#socket)) });
    } catch (error) {
      tell({ done: false, code: codeOf(error), message: messageOf(error) });
    }
  }

  /** A guard that throws lets nobody in. */
  async #guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      process.emitWarning(`The live page turns a visitor away: ${messageOf(error)}`);
      this.#socket.disconnect(true);
    }
  }
}

/** Who asked, for reasons and logs. */
function describe({ who }: Admission, socket: PageSocket): string {
  const address = socket.request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'local socket';
  return `${who} (${address})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'TROUPE_ERR_DEBUG_FAILED';
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { defaultGuard, type Guard, type Middleware, refuse } from '@troupe/guard';
import { connect, onHeartbeat } from '@troupe/ipc';
import { History } from './cluster/history.ts';
import { debuggerMiddleware } from './debugger/middleware.ts';
import { type File, readFiles, versionOf } from './files.ts';
import type { Live } from './live/live.ts';
import { type Bus, type DebugOptions, withDefaults } from './options.ts';
import { type Route, Routes } from './routes.ts';
import { say, serve } from './serve.ts';
import { onUpgrade, responseOn } from './upgrades.ts';

export interface DebugMiddleware extends Middleware {
  /** Ends what is open: pages, listeners, timers. */
  close(): void;
}

/**
 * The live page of the cluster, as Connect and Express middleware. Mount it in the master, or in any other process that is
 * on the bus. It remembers heartbeats from now on; everything else, socket.io first of all, is loaded when somebody comes.
 * @throws TROUPE_ERR_DEBUG_OPTIONS
 */
export function debug(options: DebugOptions = {}): DebugMiddleware {
  const page = new Page(options);
  const { path, guard, client, saveLiveEdit } = withDefaults(options);
  const debuggers = debuggerMiddleware({
    path,
    guard: () => guard ?? defaultGuard(),
    bus: client ?? connect(),
    saveLiveEdit,
  });
  const middleware: Middleware = (req, res, next) => {
    const route = page.routes.find(req.url);
    if (route === undefined) debuggers(req, res, next);
    else page.answer(route, req, res).catch(next);
  };
  const close = () => {
    page.close();
    debuggers.close();
  };
  return Object.assign(middleware, { close });
}

class Page {
  readonly routes: Routes;
  readonly #bus: Bus;
  readonly #guard: () => Guard;
  readonly #history = new History();
  readonly #unsubscribe: () => void;
  readonly #detachers = new Map<Server, () => void>();
  #opened: Promise<{ files: ReadonlyMap<string, File>; live: Live }> | undefined;

  constructor(options: DebugOptions) {
    const { path, guard, client } = withDefaults(options);
    this.routes = new Routes(path);
    this.#guard = () => guard ?? defaultGuard();
    this.#bus = client ?? connect();
    this.#unsubscribe = onHeartbeat(this.#bus, beat => this.#history.record(beat, Date.now()));
  }

  async answer(route: Route, req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (route.to !== 'socket' && req.method !== 'GET' && req.method !== 'HEAD') {
      return say(res, 405, 'Use GET or HEAD.', { allow: 'GET, HEAD' });
    }
    const decision = await this.#guard().authorize(req, 'view');
    if (!decision.allowed) return refuse(req, res, decision);
    this.#attach(req);
    if (route.to === 'redirect')
      return say(res, 308, 'The page has no slash behind it.', { location: `../${this.routes.name}` });
    const { files, live } = await this.#open();
    if (route.to === 'socket') {
      // It came before the server was listened to; from now on it is.
      if (req.headers.upgrade) return say(res, 503, 'Try again.', { 'retry-after': '1', connection: 'close' });
      return live.handleRequest(req, res);
    }
    const file = files.get(route.to === 'asset' ? route.name : `${route.to}.html`);
    if (file) serve(req, res, file);
    else say(res, 404, 'The page has no such file.');
  }

  close(): void {
    this.#unsubscribe();
    for (const detach of this.#detachers.values()) detach();
    this.#detachers.clear();
    void this.#opened?.then(({ live }) => live.close());
  }

  #open(): Promise<{ files: ReadonlyMap<string, File>; live: Live }> {
    this.#opened ??= this.#load().catch(error => {
      // The next visitor tries again.
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #load(): Promise<{ files: ReadonlyMap<string, File>; live: Live }> {
    const [files, { Live }] = await Promise.all([readFiles(this.routes.name), import('./live/live.ts')]);
    const live = new Live({ bus: this.#bus, guard: this.#guard, version: versionOf(files) }, this.#history);
    return { files, live };
  }

  /** Listens for upgrades on the server that this request came in on. */
  #attach(req: IncomingMessage): void {
    const { server } = req.socket as { server?: Server };
    if (server === undefined || this.#detachers.has(server)) return;
    const handler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void this.#upgrade(req, socket, head);
    this.#detachers.set(server, onUpgrade(server, this.routes.socketPath(req), handler));
  }

  async #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      const decision = await this.#guard().authorize(req, 'view');
      if (!decision.allowed) return refuse(req, responseOn(socket, req), decision);
      const { live } = await this.#open();
      live.handleUpgrade(req, socket, head);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
      socket.destroy();
    }
  }
}

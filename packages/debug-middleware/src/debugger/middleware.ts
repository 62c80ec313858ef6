import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Guard, Middleware } from '@troupe/guard';
import { readFiles } from '../files.ts';
import type { Bus } from '../options.ts';
import { onUpgrade } from '../upgrades.ts';
import type { Debugger } from './debugger.ts';
import { type DebuggerRoute, findDebuggerRoute } from './routes.ts';

export interface DebuggerMiddlewareOptions {
  /** That of the live page. */
  path: string;
  guard: () => Guard;
  bus: Bus;
  saveLiveEdit: boolean;
}

export interface DebuggerMiddleware extends Middleware {
  close(): void;
}

/** The debugger below the live page's path. It is loaded, and the server listened to, when somebody comes. */
export function debuggerMiddleware(options: DebuggerMiddlewareOptions): DebuggerMiddleware {
  const mount = new Mount(options);
  const middleware: Middleware = (req, res, next) => {
    const route = mount.find(req.url);
    if (route === undefined) next();
    else mount.answer(route, req, res).catch(next);
  };
  return Object.assign(middleware, { close: () => mount.close() });
}

class Mount {
  readonly #options: DebuggerMiddlewareOptions;
  readonly #path: string;
  readonly #detachers = new Map<Server, () => void>();
  #loaded: Promise<Debugger> | undefined;

  constructor(options: DebuggerMiddlewareOptions) {
    this.#options = options;
    this.#path = options.path;
  }

  find(url = ''): DebuggerRoute | undefined {
    const path = pathOf(url);
    return path.startsWith(`${this.#path}/`) ? findDebuggerRoute(path.slice(this.#path.length + 1)) : undefined;
  }

  async answer(route: DebuggerRoute, req: IncomingMessage, res: ServerResponse): Promise<void> {
    this.#attach(req);
    const loaded = await this.#load();
    await loaded.answer(route, req, res);
  }

  close(): void {
    for (const detach of this.#detachers.values()) detach();
    this.#detachers.clear();
    void this.#loaded?.then(loaded => loaded.close());
  }

  #load(): Promise<Debugger> {
    this.#loaded ??= this.#create().catch(error => {
      // The next visitor tries again.
      this.#loaded = undefined;
      throw error;
    });
    return this.#loaded;
  }

  async #create(): Promise<Debugger> {
    const name = this.#path.replace(/.*\//, '');
    const [{ Debugger }, files] = await Promise.all([import('./debugger.ts'), readFiles(name)]);
    return new Debugger({ ...this.#options, files });
  }

  /** Listens for DevTools on the server that this request came in on. */
  #attach(req: IncomingMessage): void {
    const { server } = req.socket as { server?: Server };
    if (server === undefined || this.#detachers.has(server)) return;
    const base = `${prefixOf(req)}${this.#path}/`;
    const handler = (req: IncomingMessage, socket: Duplex, head: Buffer) =>
      void this.#upgrade(req, socket, head, pathOf(req.url).slice(base.length));
    this.#detachers.set(server, onUpgrade(server, `${base}workers`, handler));
  }

  async #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, below: string): Promise<void> {
    try {
      await (await this.#load()).upgrade(req, socket, head, below);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
      socket.destroy();
    }
  }
}

/** What a router in front has taken off. */
function prefixOf(req: IncomingMessage): string {
  const own = pathOf(req.url);
  const whole = pathOf('originalUrl' in req && typeof req.originalUrl === 'string' ? req.originalUrl : own);
  return whole.endsWith(own) ? whole.slice(0, whole.length - own.length) : '';
}

const pathOf = (url = ''): string => url.split('?', 1)[0] ?? '';

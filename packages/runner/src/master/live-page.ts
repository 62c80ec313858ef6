import type { DebugMiddleware } from '@troupe/debug-middleware';
import type { Guard } from '@troupe/guard';
import type { Client } from '@troupe/ipc';
import type { Settings } from '../options/settle.ts';
import type { Middleware } from './monitor.ts';

/** Where it is, and where its help is. */
const PATHS = /^\/(debug|help)(?=[/?]|$)/;

/** Whether it is on: in production only for those who have a token. */
export function hasLivePage({ debug, monToken = process.env.TROUPE_MON_TOKEN }: Settings): boolean {
  return debug !== false && (debug.enable ?? (process.env.NODE_ENV !== 'production' || Boolean(monToken)));
}

/** The live page. From when it is loaded it remembers how the workers are; its heavier half comes when somebody opens it. */
export class LivePage {
  readonly #settings: Settings;
  readonly #client: Client;
  readonly #guard: Guard;
  #loaded: Promise<DebugMiddleware> | undefined;

  constructor(settings: Settings, client: Client, guard: Guard) {
    this.#settings = settings;
    this.#client = client;
    this.#guard = guard;
  }

  readonly middleware: Middleware = (req, res, next) => {
    if (!PATHS.test(req.url ?? '')) next();
    else if (hasLivePage(this.#settings)) this.#load().then(page => page(req, res, next), next);
    else {
      res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      res.end('The live page is off. In production it takes a monToken (or TROUPE_MON_TOKEN), or debug.enable.\n');
    }
  };

  /** The cluster is up. */
  loadSoon(): void {
    if (hasLivePage(this.#settings)) setImmediate(() => this.#load());
  }

  async close(): Promise<void> {
    (await this.#loaded)?.close();
  }

  #load(): Promise<DebugMiddleware> {
    const { debug: settings } = this.#settings;
    this.#loaded ??= import('@troupe/debug-middleware').then(({ debug }) =>
      debug({
        client: this.#client,
        guard: this.#guard,
        saveLiveEdit: settings !== false && settings.saveLiveEdit,
      }),
    );
    return this.#loaded;
  }
}

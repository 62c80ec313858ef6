import type { DebugMiddleware } from '@troupe/debug-middleware';
import type { Guard } from '@troupe/guard';
import type { Client } from '@troupe/ipc';
import type { LifecycleEvent } from '../lifecycle.ts';
import type { Settings } from '../options/settle.ts';
import type { Middleware } from './monitor.ts';

/** Where it is, and where its help is. */
const PATHS = /^\/(debug|help)(?=[/?]|$)/;

/** Whether it is on: in production only for those who have a token. */
export function hasLivePage({ debug, monToken = process.env.TROUPE_MON_TOKEN }: Settings): boolean {
  return debug !== false && (debug.enable ?? (process.env.NODE_ENV !== 'production' || Boolean(monToken)));
}

/**
 * The live page. It is loaded when the cluster is up, so that no start waits for it, and remembers from then on how the
 * workers are; its heavier half is loaded when somebody opens it.
 */
export class LivePage {
  readonly #settings: Settings;
  readonly #client: Client;
  readonly #guard: Guard;
  readonly #unsubscribe: () => void;
  #loaded: Promise<DebugMiddleware> | undefined;

  constructor(settings: Settings, client: Client, guard: Guard) {
    this.#settings = settings;
    this.#client = client;
    this.#guard = guard;
    this.#unsubscribe = client.onEvent('lifecycle', ([event]) => {
      if ((event as LifecycleEvent).step === 'master:ecv-up' && hasLivePage(settings)) setImmediate(() => this.#load());
    });
  }

  readonly middleware: Middleware = (req, res, next) => {
    if (!PATHS.test(req.url ?? '')) next();
    else if (hasLivePage(this.#settings)) this.#load().then(page => page(req, res, next), next);
    else {
      res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      res.end('The live page is off. In production it takes a monToken (or TROUPE_MON_TOKEN), or debug.enable.\n');
    }
  };

  async close(): Promise<void> {
    this.#unsubscribe();
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

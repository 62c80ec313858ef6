import type { Client } from '@troupe/ipc';
import type { Log } from '../log/log.ts';
import { defaults } from '../options/defaults.ts';
import type { Settings } from '../options/settle.ts';
import type { Closers } from './closers.ts';
import { inFront, type Middleware } from './monitor.ts';
import type { Routes } from './routes.ts';

/**
 * Troupe's own routes on the monitor. They take 10 ms to load, for which no start waits: they come when the cluster is
 * up, or with the first request if that is earlier.
 */
export class LateRoutes {
  readonly #create: () => Promise<Routes>;
  readonly #log: Pick<Log, 'error'>;
  #routes: Promise<Routes> | undefined;

  /** @throws what an option of theirs that the schema cannot check is refused with: an address in use, a host's name */
  static async prepare(settings: Settings, client: Client, log: Log, closers: Closers): Promise<LateRoutes> {
    const routes = new LateRoutes(async () => {
      const { createRoutes } = await import('./routes.ts');
      return createRoutes(settings, client, log, closers);
    }, log);
    if (canBeRefused(settings)) await routes.#load();
    return routes;
  }

  constructor(create: () => Promise<Routes>, log: Pick<Log, 'error'>) {
    this.#create = create;
    this.#log = log;
  }

  readonly middleware: Middleware = (req, res, next) => {
    this.#load().then(
      ({ middlewares }) => inFront(middlewares, () => next())(req, res),
      (error: unknown) => {
        this.#failed(error);
        next(error);
      },
    );
  };

  /** The cluster is up. */
  loadSoon(): void {
    setImmediate(() => {
      this.#load().then(
        ({ page }) => page.loadSoon(),
        (error: unknown) => this.#failed(error),
      );
    });
  }

  /** Whoever asks after a failure has it tried again. */
  #load(): Promise<Routes> {
    this.#routes ??= this.#create().catch((error: unknown) => {
      this.#routes = undefined;
      throw error;
    });
    return this.#routes;
  }

  #failed(error: unknown): void {
    this.#log.error('the monitor has no routes', { err: error });
  }
}

/** Options that only the routes can judge: an agent's port may be in use, a name may be no host's. */
function canBeRefused({ ecv, monAllowedHosts }: Settings): boolean {
  const usual: Record<string, unknown> = defaults().ecv;
  const ownEcv = ecv !== false && Object.entries(ecv).some(([name, value]) => value !== usual[name]);
  return ownEcv || monAllowedHosts !== undefined;
}

import { join } from 'node:path';
import { type CacheSummary, type Client, isUnanswered, type ProcessReport } from '@troupe/ipc';
import type { Log } from '../log/log.ts';
import type { Settings } from '../options/settle.ts';
import type { Bus } from './bus.ts';
import type { Closers } from './closers.ts';

/** How long the manager may take to say how it is, ms. */
const REPORT_TIMEOUT = 500;

/** What the program does when all workers are ready comes first, ms. */
const AFTER_READY = 500;

/**
 * The cache manager of the cluster: in a process of its own, or in the master. It is started when a process asks for it,
 * or else soon after all workers are ready: its own start would only slow down theirs.
 */
export class CacheService {
  readonly #settings: Settings;
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #closers: Closers;
  readonly #socket: string;
  /** Of the process that has the manager, while it listens. */
  #pid: number | undefined;
  #started: Promise<string> | undefined;
  #soon: NodeJS.Timeout | undefined;

  /** Answers the processes of the cluster from here on; where the cache is switched off, that it is, and there is no service. */
  static serve(settings: Settings, bus: Bus, log: Log, closers: Closers): CacheService | undefined {
    if (!settings.cache.enable) {
      closers.add(bus.client.handle('cache.open', () => ({ socket: null })));
      return undefined;
    }
    const service = new CacheService(settings, bus, log, closers);
    closers.add(service.#answer(bus.client));
    return service;
  }

  private constructor(settings: Settings, bus: Bus, log: Log, closers: Closers) {
    this.#settings = settings;
    this.#bus = bus;
    this.#log = log;
    this.#closers = closers;
    const { domainPath } = settings.cache;
    this.#socket = domainPath === undefined ? bus.socketFor('cache') : join(domainPath, `cache-${process.pid}`);
  }

  /** Resolves with the path of its socket once it listens; who asks again after a failure has it tried again. */
  start(): Promise<string> {
    this.#started ??= this.#start().catch((error: unknown) => {
      this.#started = undefined;
      this.#log.error('the cache manager could not be started', { err: error });
      throw error;
    });
    return this.#started;
  }

  /** For whoever comes later. Nobody waits for it; what goes wrong is in the log. */
  startSoon(): void {
    this.#soon = setTimeout(() => this.start().catch(() => undefined), AFTER_READY);
    this.#closers.add(() => this.startNoMore());
  }

  /** Unless somebody asks for it: the cluster stops, and nobody comes later. */
  startNoMore(): void {
    clearTimeout(this.#soon);
  }

  async #start(): Promise<string> {
    // Loaded here: its import would delay the first fork.
    const { CacheManager, StandaloneManager } = await import('@troupe/cache/manager');
    if (this.#settings.cache.mode === 'master') {
      const manager = await CacheManager.listen({ ...this.#options(), succeeds: false });
      this.#closers.add(() => manager.close());
      this.#pid = process.pid;
      return this.#socket;
    }
    const manager = new StandaloneManager({
      ...this.#options(),
      bus: this.#bus.socket,
      changed: (pid, event) => {
        this.#pid = event === 'listening' ? pid : undefined;
        this.#log.info(`cache manager ${pid} ${event}`, { cacheManager: pid });
      },
    });
    // Closed with the rest even if the end comes before it listens.
    this.#closers.add(() => manager.close());
    await manager.ready();
    return this.#socket;
  }

  #options() {
    const { cache, stopTimeout } = this.#settings;
    return {
      socket: this.#socket,
      persistPath: cache.persistPath,
      lockTimeout: stopTimeout,
      log: (line: string) => this.#log.warn(line),
    };
  }

  /** One that does not answer is none: whoever uses the cache notices by himself. */
  async #report(client: Client): Promise<ProcessReport | null> {
    if (this.#pid === undefined || this.#pid === process.pid) return null;
    try {
      return await client.request(this.#pid, 'cache.report', undefined, { timeout: REPORT_TIMEOUT });
    } catch (error) {
      if (!isUnanswered(error)) this.#log.error('the cache manager could not say how it is', { err: error });
      return null;
    }
  }

  /** Nothing when the manager was replaced meanwhile: nobody knows which of the two has counted. */
  async #counts(list: () => Promise<CacheSummary[]>): Promise<{ manager: number; caches: CacheSummary[] } | null> {
    const manager = this.#pid;
    if (manager === undefined) return null;
    const caches = await list();
    return this.#pid === manager ? { manager, caches } : null;
  }

  async #delete(name: string, keys: readonly string[]): Promise<undefined> {
    await this.start();
    const { use, user } = await import('@troupe/cache');
    // The options that were said last count for everybody: these are the ones that count already.
    const { name: _known, ...options } = await user().meta(name);
    const cache = use(name, { ...options, near: { maxEntries: 0 } });
    await Promise.all(keys.map(key => cache.del(key)));
    return undefined;
  }

  /** What processes ask for, and pages. */
  #answer(client: Client): () => void {
    const caches = async () => {
      await this.start();
      const { describeCaches, user } = await import('@troupe/cache');
      return { user: user(), described: describeCaches(user()) };
    };
    const list = async () => (await caches()).described.list();
    const stops = [
      client.handle('cache.open', async () => ({ socket: await this.start() })),
      client.handle('cache.manager', () => this.#report(client)),
      client.handle('cache.list', list),
      client.handle('cache.counts', () => this.#counts(list)),
      client.handle('cache.keys', async ({ name, cursor }) => (await caches()).user.keys(name, cursor)),
      client.handle('cache.entries', async ({ name, keys }) => (await caches()).described.entries(name, keys)),
      client.handle('cache.delete', async ({ name, keys }) => this.#delete(name, keys)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}

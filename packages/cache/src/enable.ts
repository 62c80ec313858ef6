import cluster from 'node:cluster';
import { rmSync } from 'node:fs';
import { createRunDirectory, TroupePromise } from '@troupe/ipc';
import { badArgument } from './errors.ts';
import type { ProcessCache } from './process-cache.ts';

export interface EnableOptions {
  /** @default true */
  enable?: boolean;
  /** Where the cache manager is: in this process (`master`), or in one of its own (`standalone`). @default 'master' */
  mode?: 'master' | 'standalone';
  /** The directory for caches that persist. @default './cluster-cache-persist' */
  persistPath?: string;
}

/** A cache outside of a cluster. */
export interface Enabled {
  /** Where other processes can `connect()`. Absent when it is not enabled. */
  readonly socket: string | undefined;
  /** Ends it. Calls from then on wait for another `enable()`. */
  close(): Promise<void>;
}

const NOT_ENABLED: Enabled = { socket: undefined, close: () => Promise.resolve() };

/**
 * Gives a process without a cluster a cache: a script, or a test. In a worker of a cluster there is one already. It keeps
 * the process from ending no longer than a call lasts.
 * @throws TROUPE_ERR_CACHE_BAD_ARGUMENT, TROUPE_ERR_CACHE_PERSIST_LOCKED, TROUPE_ERR_CACHE_PERSIST_FILE
 */
export function enabler(here: ProcessCache): (options?: EnableOptions) => TroupePromise<Enabled> {
  let current: Promise<Enabled> | undefined;
  const start = async (options: EnableOptions): Promise<Enabled> => {
    const { enable = true, mode = 'master', persistPath = './cluster-cache-persist' } = options;
    if (mode !== 'master' && mode !== 'standalone')
      throw badArgument(`The mode of the cache is 'master' or 'standalone'; ${mode} was given.`);
    // A worker has the cache of its cluster.
    if (!enable || cluster.isWorker) return NOT_ENABLED;
    current ??= open(mode, persistPath);
    return current;
  };

  const open = async (mode: 'master' | 'standalone', persistPath: string): Promise<Enabled> => {
    const directory = await createRunDirectory();
    // Before anything runs that a failure would leave behind.
    await directory.sweep();
    const socket = directory.socket('cache');
    const manager = await startManager(mode, socket, persistPath);
    here.connect(socket);
    const removeNow = () => rmSync(directory.path, { recursive: true, force: true });
    process.once('exit', removeNow);
    return {
      socket,
      close: async () => {
        current = undefined;
        process.off('exit', removeNow);
        await here.close();
        await manager.close();
        await directory.remove();
      },
    };
  };

  return options => TroupePromise.resolve(start(options ?? {})) as TroupePromise<Enabled>;
}

/** Loaded where it is needed: most processes have no manager. */
async function startManager(
  mode: 'master' | 'standalone',
  socket: string,
  persistPath: string,
): Promise<{ close(): Promise<void> }> {
  if (mode === 'master') {
    const { CacheManager } = await import('./manager/manager.ts');
    return CacheManager.listen({ socket, persistPath, succeeds: false, hold: false });
  }
  const { StandaloneManager } = await import('./standalone.ts');
  const manager = new StandaloneManager({ socket, persistPath });
  await manager.ready();
  return manager;
}

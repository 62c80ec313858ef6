import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { CacheManager, type CacheManagerOptions } from '../src/manager/manager.ts';
import { ProcessCache } from '../src/process-cache.ts';

export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-cache-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A manager in this process, which is closed when the test is over. */
export async function startManager(options: Partial<CacheManagerOptions> = {}): Promise<CacheManager> {
  const socket = options.socket ?? join(await temporaryDirectory(), 'cache');
  const manager = await CacheManager.listen({ succeeds: false, log: () => undefined, ...options, socket });
  onTestFinished(() => manager.close());
  return manager;
}

/** What would be another process: it shares nothing with others but the socket. */
export function newProcess({ socket }: { socket: string }): ProcessCache {
  const here = new ProcessCache();
  here.connect(socket);
  onTestFinished(() => here.close());
  return here;
}

/** Resolves with what the first calls of `listener` were given. */
export function calls<A extends unknown[]>(
  count: number,
  subscribe: (listener: (...args: A) => void) => void,
): Promise<A[]> {
  return new Promise((resolve, reject) => {
    const seen: A[] = [];
    const late = () => reject(new Error(`${seen.length} of ${count} calls within 5 s: ${JSON.stringify(seen)}`));
    const timer = setTimeout(late, 5_000);
    subscribe((...args) => {
      seen.push(args);
      if (seen.length < count) return;
      clearTimeout(timer);
      resolve(seen);
    });
  });
}

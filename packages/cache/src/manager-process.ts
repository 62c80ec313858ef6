/** The cache manager as a process of its own; see `standalone.ts`, which forks it. */
import { connect, SOCKET_VARIABLE } from '@troupe/ipc';
import { messageOf } from '@troupe/ipc/transport';
import { CacheManager, type CacheManagerOptions } from './manager/manager.ts';

/** How long processes may stay after the master is gone, ms. */
const ORPHAN_TIMEOUT = 60_000;
const ORPHAN_POLL = 50;

// Signals go to whole groups. This process is the last to end, when the master tells it to, or is gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () => undefined);

const tell = (message: object) => {
  if (process.connected) process.send?.(message);
};

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as CacheManagerOptions;
  const manager = await CacheManager.listen({ ...options, log: line => tell({ log: line }) });
  const bus = process.env[SOCKET_VARIABLE] ? connect(undefined, { role: 'cache' }) : undefined;
  bus?.handle('cache.report', () => ({
    pid: process.pid,
    since: Math.round(performance.timeOrigin),
    memory: process.memoryUsage.rss(),
  }));
  const close = async () => {
    await Promise.all([manager.close(), bus?.close()]);
    process.exit(0);
  };
  process.on('message', message => {
    if (message === 'close') void close();
  });
  const leaveLast = () => {
    const until = performance.now() + ORPHAN_TIMEOUT;
    const poll = setInterval(() => {
      if (manager.processes > 0 && performance.now() < until) return;
      clearInterval(poll);
      void close();
    }, ORPHAN_POLL);
  };
  if (process.connected) process.once('disconnect', leaveLast);
  else leaveLast();
  tell({ listening: true });
}

main().catch((problem: unknown) => {
  const code = problem instanceof Error && 'code' in problem ? problem.code : undefined;
  tell({ failed: messageOf(problem), code });
  process.exitCode = 1;
  process.disconnect?.();
});

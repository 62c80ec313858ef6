import { expect, test } from 'vitest';
import { get } from './harness/clients.ts';
import { Cluster } from './harness/cluster.ts';

async function pool(): Promise<{ cluster: Cluster; health: () => Promise<number | undefined> }> {
  const cluster = await Cluster.start('pool');
  const { port } = await cluster.event('up');
  await cluster.event('working', 2);
  return { cluster, health: async () => (await get({ port: Number(port), path: '/ecv' })).status };
}

test('defect: run() works without a port, is healthy, and waits for shutDown when it stops', async () => {
  const { cluster, health } = await pool();
  for (const working of cluster.events('working')) {
    expect(working).toMatchObject({ server: null, app: 'function', port: 'undefined' });
  }
  expect(await health()).toBe(200);
  const steps = (of: unknown) =>
    cluster
      .events('step')
      .filter(({ pid }) => pid === cluster.pid)
      .filter(line => line.of === of)
      .map(({ step }) => step);
  expect(steps(cluster.pid).slice(-3)).toEqual(['master:forking', 'master:workers-ready', 'master:ecv-up']);
  for (const { pid } of cluster.events('working')) {
    expect(steps(pid)).toEqual(['worker:app-configured', 'worker:runnable-started']);
  }
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  const pids = (event: string) =>
    cluster
      .events(event)
      .map(({ pid }) => pid)
      .sort();
  expect(pids('finished')).toEqual(pids('working'));
});

test('a crashed worker of a pool comes back', async () => {
  const { cluster, health } = await pool();
  const [victim] = cluster.events('working');
  process.kill(Number(victim?.pid), 'SIGKILL');
  const successor = await cluster.event('working', 3);
  expect(successor.pid).not.toBe(victim?.pid);
  await cluster.logged(new RegExp(`^worker ${successor.pid} is ready$`));
  expect(await health()).toBe(200);
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  expect(cluster.events('finished')).toHaveLength(2);
});

test.each([
  ['throws', { code: 'TROUPE_ERR_STAGE_FAILED', cause: 'no queue to work off' }],
  ['never-settles', { code: 'TROUPE_ERR_STAGE_TIMEOUT', message: expect.stringMatching(/runnable has not settled/) }],
])('a runnable that %s ends the start', async (FAULT, error) => {
  const cluster = await Cluster.start('pool-that-fails', { env: { FAULT } });
  const failed = await cluster.line(
    'the master to fail',
    ({ event, pid }) => event === 'failed' && pid === cluster.pid,
  );
  expect(failed).toMatchObject({ ...error, stage: 'runnable', worker: expect.any(Number) });
  expect(await cluster.exit()).toEqual({ code: 1, signal: null });
});

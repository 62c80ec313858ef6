import { expect, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';

test('starts, serves and stops', async () => {
  const cluster = await Cluster.start('hello');
  const { port } = await cluster.event('up');
  const { port: appPort } = await cluster.event('listening');
  expect((await fetch(`http://127.0.0.1:${port}/ecv`)).status).toBe(200);
  expect(await (await fetch(`http://127.0.0.1:${appPort}/`)).text()).toMatch(/^\d+$/);
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

import { expect, test } from 'vitest';
import { addressesOf } from './harness/addresses.ts';
import { Cluster } from './harness/cluster.ts';

test('the monitor tells the dependencies of the application, and ends its thread with the cluster', async () => {
  const cluster = await Cluster.start('hello', { args: ['--port=0', '--monPort=0', '--noWorkers=1'] });
  const { monitor } = await addressesOf(cluster);
  const report = await fetch(`${monitor}/deps`);
  expect([report.status, report.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  // The fixture belongs to a workspace: what npm ls prints there.
  expect(await report.json()).toMatchObject({
    name: 'troupe-workspace',
    dependencies: { '@troupe/integration-tests': { dependencies: { express: {}, '@troupe/runner': {} } } },
  });
  const page = await fetch(`${monitor}/deps`, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('<h1>troupe-workspace');
  expect((await fetch(`${monitor}/deps/assets/page.js`)).status).toBe(200);
  expect((await fetch(`${monitor}/depsy`)).status).toBe(404);

  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

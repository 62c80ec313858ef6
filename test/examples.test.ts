import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addressesOf } from './harness/addresses.ts';
import { get } from './harness/clients.ts';
import { Cluster } from './harness/cluster.ts';

const FREE_PORTS = ['--port=0', '--monPort=0', '--noWorkers=2'];
const script = (path: string) => join(import.meta.dirname, '..', 'examples', path);

test.each(['express', 'connect'])('examples/%s serves, can be marked down, and stops', async name => {
  const cluster = await Cluster.start(script(`${name}/dist/server.js`), { args: FREE_PORTS });
  const { app, monitor } = await addressesOf(cluster);
  expect((await get(app)).body).toMatch(/^Hello from worker \d+\n$/);
  expect(await status(`${monitor}/ecv`)).toBe(200);

  expect(await status(`${monitor}/ecv/markDown`)).toBe(500);
  expect(await status(`${monitor}/ecv`)).toBe(500);
  expect(await status(app)).toBe(200);

  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

test('examples/existing-monitor-app tells the same in the master and in a process of its own', async () => {
  const runDirectory = await mkdtemp(join(tmpdir(), 'troupe-example-'));
  onTestFinished(() => rm(runDirectory, { recursive: true, force: true }));

  const cluster = await Cluster.start(script('existing-monitor-app/dist/server.js'), {
    args: FREE_PORTS,
    env: { TROUPE_RUN_DIR: runDirectory },
  });
  const { app, monitor } = await addressesOf(cluster);
  const other = await Cluster.start(script('existing-monitor-app/dist/monitor.js'), {
    env: { PORT: '0', TROUPE_SOCKET: join(runDirectory, 'bus') },
  });
  const [, port] = await other.printed(/Monitor listens on .*port: (\d+)/);
  const outside = `http://127.0.0.1:${port}`;

  expect((await get(app)).body).toMatch(/^Hello from worker \d+\n$/);
  expect(JSON.parse((await get(`${monitor}/version`)).body)).toMatchObject({ pid: cluster.pid });
  expect(JSON.parse((await get(`${outside}/version`)).body)).toMatchObject({ pid: other.pid });
  expect([await status(`${monitor}/health`), await status(`${outside}/health`)]).toEqual([200, 200]);
  expect(await status(`${monitor}/ecv`)).toBe(404);
  for (const place of [monitor, outside]) {
    const report = JSON.parse((await get(`${place}/packages?depth=0`)).body);
    expect(report).toMatchObject({ dependencies: { '@troupe/example-existing-monitor-app': { version: '0.0.0' } } });
  }

  expect(await status(`${outside}/health/markDown`)).toBe(500);
  expect([await status(`${monitor}/health`), await status(`${outside}/health`)]).toEqual([500, 500]);
  expect(await status(`${monitor}/health/markUp`)).toBe(200);
  expect([await status(`${monitor}/health`), await status(`${outside}/health`)]).toEqual([200, 200]);

  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  expect(await status(`${outside}/health`)).toBe(500);
  other.signal('SIGTERM');
  expect(await other.exit()).toEqual({ code: null, signal: 'SIGTERM' });
});

async function status(url: string): Promise<number | undefined> {
  return (await get(url)).status;
}

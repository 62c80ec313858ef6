import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ask, get, type Kind, open } from './harness/clients.ts';
import { Cluster } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';

const workers = (cluster: Cluster) => cluster.events('listening').map(({ pid }) => String(pid));

async function serving(kind: Kind, env: NodeJS.ProcessEnv = {}): Promise<Cluster> {
  const cluster = await Cluster.start('servers', { env: { KIND: kind, ...env } });
  await cluster.event('up');
  await cluster.event('listening', 2);
  return cluster;
}

/** Each worker made one server, and answered its own warm-up request. */
function expectWarmUps(cluster: Cluster): void {
  const pids = workers(cluster).sort();
  const made = cluster.events('create-server').map(({ pid }) => String(pid));
  expect(made.sort()).toEqual(pids);
  const warmUps = cluster.events('warm-up');
  expect(warmUps.map(({ pid }) => String(pid)).sort()).toEqual(pids);
  for (const { pid, answer, address } of warmUps) {
    expect(answer).toBe(String(pid));
    expect(address).toMatchObject({ address: '127.0.0.1', port: expect.any(Number) });
  }
}

const kinds: [Kind, Kind | 'https1', string][] = [
  ['http', 'http', 'an idle keep-alive connection'],
  ['https', 'https', 'an idle keep-alive connection'],
  ['http2', 'http2', 'an open session'],
  ['https2', 'https2', 'an open session'],
  ['https2', 'https1', 'an idle keep-alive connection of HTTP/1'],
  ['tcp', 'tcp', 'an open connection that shutDown closes'],
];

test.each(kinds)('%s (client: %s): warms up, serves, and stops with %s', async (kind, client) => {
  const cluster = await serving(kind);
  expectWarmUps(cluster);
  const [listening] = cluster.events('listening');
  const where = { port: Number(listening?.port) };
  // The answer is that of the application which configureApp returned.
  expect(workers(cluster)).toContain(await ask(kind, where));
  const connection = await open(client, where);
  expect(connection.idleTimeout).toBe(['http', 'https', 'https1'].includes(client) ? 'timeout=4' : undefined);
  expect(workers(cluster)).toContain(await connection.ask());
  cluster.signal('SIGTERM');
  await within(connection.closed, 'the connection to be closed');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  expect(cluster.events('shut-down')).toHaveLength(2);
});

test.each<Kind>(['http', 'http2'])('%s on a Unix socket', async kind => {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-servers-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'app.sock');
  const cluster = await serving(kind, { SOCKET: path });
  expectWarmUps(cluster);
  expect(cluster.events('listening').map(({ port }) => port)).toEqual([path, path]);
  expect(workers(cluster)).toContain(await ask(kind, { path }));
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  expect(existsSync(path)).toBe(false);
});

test.each(['no', 'yes'])(
  'the monitor that monCreateServer makes, of the app that monConfigureApp returns; https: %s',
  async SECURE => {
    const cluster = await Cluster.start('https-monitor', { env: { SECURE } });
    const { port } = await cluster.event('up');
    const monitor = { port: Number(port), secure: SECURE === 'yes' };
    expect(await get({ ...monitor, path: '/ecv' })).toMatchObject({ status: 200 });
    expect(await get({ ...monitor, path: '/' })).toMatchObject({ body: 'my monitor' });
    expect(await cluster.event('resolved')).toMatchObject({ listening: true, app: 'function' });
    cluster.signal('SIGTERM');
    expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  },
);

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { get } from './harness/clients.ts';
import { Cluster, type Launch } from './harness/cluster.ts';

const start = (options: object, launch: Launch = {}) =>
  Cluster.start('configured', { ...launch, env: { OPTIONS: JSON.stringify(options), ...launch.env } });

async function stop(cluster: Cluster): Promise<void> {
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
}

async function kill(cluster: Cluster): Promise<void> {
  cluster.signal('SIGKILL');
  await cluster.exit();
  await cluster.allGone();
}

/** The address is taken by this very process. */
async function occupied(where: number | string = 0): Promise<number> {
  const server = createServer().listen(where);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-addresses-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function expectBusy(cluster: Cluster, option: string, address: number | string): Promise<void> {
  const failed = await cluster.event('failed');
  expect(failed.code).toBe('TROUPE_ERR_ADDRESS_IN_USE');
  expect(failed.message).toContain(`${option} ${address} is in use by process ${process.pid}`);
  expect(await cluster.exit()).toEqual({ code: 1, signal: null });
  expect(cluster.lines.filter(({ msg }) => msg?.includes('forked'))).toEqual([]);
}

test.each(['port', 'monPort', 'ecv.agentPort'])('a busy %s is named together with its holder', async option => {
  const port = await occupied();
  const options = option === 'ecv.agentPort' ? { ecv: { agentPort: port } } : { [option]: port };
  await expectBusy(await start(options), option, port);
});

test.each([
  [
    'a host that is none of this machine',
    { port: 4_321, host: '192.0.2.1' },
    /^port 4321 .*EADDRNOTAVAIL.*192\.0\.2\.1/,
  ],
  ['a host for the monitor that is none', { monPort: 4_321, monHost: '192.0.2.1' }, /^monPort 4321 .*192\.0\.2\.1/],
  ['a directory that is not there', { port: '/no/such/app.sock' }, /^port .*there is no directory \/no\/such/],
])('%s is said, and what to do', async (_what, options, message) => {
  const cluster = await start(options);
  const failed = await cluster.event('failed');
  expect(failed.code).toBe('TROUPE_ERR_ADDRESS_UNAVAILABLE');
  expect(failed.message).toMatch(message);
  expect(await cluster.exit()).toEqual({ code: 1, signal: null });
});

test('a Unix socket that somebody listens on is busy, and left to him', async () => {
  const path = join(await directory(), 'app.sock');
  await occupied(path);
  await expectBusy(await start({ port: path }), 'port', path);
  expect(existsSync(path)).toBe(true);
});

test('the Unix socket of a killed process is replaced', async () => {
  const path = join(await directory(), 'app.sock');
  const former = await Cluster.start('listening-at', { env: { ADDRESS: path } });
  await former.event('listening');
  await kill(former);
  expect(existsSync(path)).toBe(true);
  const cluster = await start({ port: path });
  await cluster.event('up');
  expect((await get({ socketPath: path })).body).toMatch(/^\d+$/);
  await stop(cluster);
  expect(existsSync(path)).toBe(false);
});

test('the bus socket of a killed master is replaced, that of a living one is not', async () => {
  const TROUPE_RUN_DIR = await directory();
  const killed = await start({}, { env: { TROUPE_RUN_DIR } });
  const { socket } = await killed.event('up');
  await kill(killed);
  expect(existsSync(String(socket))).toBe(true);

  const living = await start({}, { env: { TROUPE_RUN_DIR } });
  expect(await living.event('up')).toMatchObject({ socket });
  const second = await start({}, { env: { TROUPE_RUN_DIR } });
  const failed = await second.event('failed');
  expect(failed).toMatchObject({ code: 'TROUPE_ERR_IPC_SOCKET_IN_USE' });
  expect(failed.message).toContain(socket);
  expect(await second.exit()).toEqual({ code: 1, signal: null });

  expect(existsSync(String(socket))).toBe(true);
  await stop(living);
  expect(existsSync(String(socket))).toBe(false);
});

test('workers that come later listen on the port that port 0 became, whether others listen there or not', async () => {
  const cluster = await start({ noWorkers: 2 });
  await cluster.event('up');
  await cluster.event('listening', 2);
  const [one, two] = cluster.events('listening').map(({ pid }) => Number(pid)) as [number, number];
  process.kill(one, 'SIGKILL');
  await cluster.event('listening', 3);
  for (const { pid } of [...cluster.events('listening').slice(2), { pid: two }]) process.kill(Number(pid), 'SIGKILL');
  await cluster.event('listening', 5);
  const ports = cluster.events('listening').map(({ port }) => port);
  expect(new Set(ports).size).toBe(1);
  expect((await get({ port: Number(ports[0]) })).body).toMatch(/^\d+$/);
  await stop(cluster);
});

test('two clusters work beside each other in one XDG_RUNTIME_DIR', async () => {
  const XDG_RUNTIME_DIR = await directory();
  const clusters = [await start({}, { env: { XDG_RUNTIME_DIR } }), await start({}, { env: { XDG_RUNTIME_DIR } })];
  const ups = await Promise.all(clusters.map(cluster => cluster.event('up')));
  expect(new Set(ups.map(({ socket }) => socket)).size).toBe(2);
  const [first, second] = clusters as [Cluster, Cluster];
  await stop(first);
  const { port } = ups[1] as { port: number };
  expect((await get({ port, path: '/ecv' })).status).toBe(200);
  await stop(second);
});

test('a master ignores the TROUPE_SOCKET that it inherits', async () => {
  const outer = await start({});
  const { socket: TROUPE_SOCKET, port } = await outer.event('up');
  const inner = await start({ ecv: { disabled: true } }, { env: { TROUPE_SOCKET: String(TROUPE_SOCKET) } });
  const up = await inner.event('up');
  expect(up.socket).not.toBe(TROUPE_SOCKET);
  expect((await get({ port: Number(up.port), path: '/ecv' })).status).toBe(500);
  expect((await get({ port: Number(port), path: '/ecv' })).status).toBe(200);
  await stop(inner);
  await stop(outer);
});

test('a cluster that is started by the worker of another one is a cluster of its own', async () => {
  const outer = await Cluster.start('nested');
  await outer.event('up', 2);
  const [first, second] = outer.events('up');
  expect(first?.socket).not.toBe(second?.socket);
  for (const { port } of outer.events('up')) {
    expect((await get({ port: Number(port), path: '/ecv' })).status).toBe(200);
  }
  await stop(outer);
  expect(outer.events('inner-exited')).toMatchObject([{ code: 0 }]);
});

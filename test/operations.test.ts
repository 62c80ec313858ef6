import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';
import { Load } from './harness/load.ts';

/** A cluster of two whose version is in a file, and a client of its bus, as the command line or a page would be one. */
async function start(version = 'one') {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-version-'));
  const file = join(directory, 'version');
  const deploy = (next: string) => writeFile(file, next);
  await deploy(version);
  const environment = join(directory, '.env');
  const paint = (colour: string) => writeFile(environment, `COLOUR=${colour}\n`);
  await paint('red');
  const cluster = await Cluster.start('version', { env: { VERSION_FILE: file, ENV_FILE: environment } });
  const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
  const { client: bus } = await joinBus(up);
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const ask = async () =>
    (await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text()).split(' ');
  const workers = () => bus.request('master', 'workers.list', undefined);
  return { cluster, bus, deploy, paint, environment, ask, workers, port: Number(port) };
}

test('a reload brings the new version, and costs no request', async () => {
  const { cluster, bus, deploy, ask, workers, port } = await start();
  const load = new Load(port, 8);
  await load.reaches(100);
  await deploy('two');
  const result = await bus.request('master', 'cluster.reload', undefined, { timeout: 20_000 });
  expect(result).toEqual({ generation: 2, skipped: [] });
  expect((await workers()).map(({ generation, state }) => [generation, state])).toEqual([
    [2, 'ready'],
    [2, 'ready'],
  ]);
  const exits = await bus.request('master', 'workers.exits', undefined);
  expect(exits.map(({ reason }) => reason)).toEqual(Array(2).fill('exited with code 0; a reload replaced it'));
  expect((await ask())[0]).toBe('two');
  expect((await load.stop()).failed).toEqual([]);
  cluster.signal('SIGTERM');
  expect((await cluster.exit()).code).toBe(0);
});

test.each([
  ['throws', /configureApp failed: a bad configuration/],
  ['throws-at-start', /exited with code 1/],
  ['never-ready', /warmUp failed: warmUp has not settled within 1500 ms/],
  ['wants-three', /a reload cannot change noWorkers \(2 → 3\)/],
] as const)('a build that %s is rolled back: the old generation has never left', async (version, reason) => {
  const { bus, deploy, ask, workers, port } = await start();
  const before = (await workers()).map(({ pid }) => pid);
  const load = new Load(port, 4);
  await load.reaches(50);
  await deploy(version);
  const reload = bus.request('master', 'cluster.reload', undefined, { timeout: 20_000 });
  await expect(reload).rejects.toMatchObject({
    code: 'TROUPE_ERR_RELOAD_FAILED',
    message: expect.stringMatching(reason),
  });
  expect((await ask())[0]).toBe('one');
  expect((await load.stop()).failed).toEqual([]);
  const after = (await workers()).filter(({ state }) => state === 'ready').map(({ pid }) => pid);
  expect(after).toEqual(before);
});

test('envFile is read again for a reload, and only for that', async () => {
  const { cluster, bus, paint, environment, ask, workers } = await start();
  const colours = async () => new Set([(await ask())[2], (await ask())[2], (await ask())[2]]);
  expect(await colours()).toEqual(new Set(['red']));
  await paint('blue');
  process.kill((await workers())[0]?.pid ?? 0, 'SIGKILL');
  await cluster.event('listening', 3);
  expect(await colours()).toEqual(new Set(['red']));
  await bus.request('master', 'cluster.reload', undefined, { timeout: 20_000 });
  expect(await colours()).toEqual(new Set(['blue']));

  await rm(environment);
  const reload = bus.request('master', 'cluster.reload', undefined);
  await expect(reload).rejects.toMatchObject({ code: 'TROUPE_ERR_ENV_FILE' });
  expect(await colours()).toEqual(new Set(['blue']));
});

test.each(['SIGHUP', 'SIGUSR2'] as const)('%s reloads', async signal => {
  const { cluster, deploy, ask } = await start();
  await deploy('two');
  cluster.signal(signal);
  await cluster.logged(/reload: done, generation 2/);
  expect((await ask())[0]).toBe('two');
});

test('a reload that is asked for while one runs follows it; those who ask meanwhile share it', async () => {
  const { bus, workers } = await start();
  const ask = () => bus.request('master', 'cluster.reload', undefined, { timeout: 20_000 });
  const generations = (await Promise.all([ask(), ask(), ask()])).map(({ generation }) => generation);
  expect(generations).toEqual([2, 3, 3]);
  expect((await workers()).map(({ generation }) => generation)).toEqual([3, 3]);
});

test('a retired worker is replaced, successor first', async () => {
  const { cluster, bus, workers, port } = await start();
  const load = new Load(port, 8);
  await load.reaches(100);
  const [first, second] = (await workers()).map(({ pid }) => pid);
  await bus.request('master', 'workers.retire', { pid: first ?? 0, reason: 'it is the first' });
  await bus.request('master', 'workers.retire', { pid: second ?? 0, reason: 'it is the second' });
  await cluster.logged(new RegExp(`worker ${second} exited with code 0`));
  expect((await load.stop()).failed).toEqual([]);
  const lines = cluster.lines.map(({ msg }) => String(msg));
  const at = (pattern: RegExp) => lines.findIndex(line => pattern.test(line));
  expect(at(new RegExp(`worker ${first} will be replaced by \\d+: it is the first`))).toBeGreaterThan(-1);
  expect(at(new RegExp(`worker ${first} exited`))).toBeLessThan(at(new RegExp(`worker ${second} will be replaced`)));
});

test('paused workers get no connections, and come back', async () => {
  const { cluster, bus, ask, workers } = await start();
  const [paused = 0, other = 0] = (await workers()).map(({ pid }) => pid);
  const rested = bus.request('master', 'workers.pause', { pids: [paused] });
  expect((await rested).find(({ pid }) => pid === paused)?.state).toBe('paused');
  const answers = new Set<string | undefined>();
  for (let n = 0; n < 6; n++) answers.add((await ask())[1]);
  expect([...answers]).toEqual([String(other)]);
  await bus.request('master', 'workers.resume', { pids: [paused] });
  for (let n = 0; n < 6; n++) answers.add((await ask())[1]);
  expect(answers.size).toBe(2);
  cluster.signal('SIGTERM');
  expect((await cluster.exit()).code).toBe(0);
});

test('scaling up and down', async () => {
  const { cluster, bus, workers } = await start();
  await bus.request('master', 'cluster.scale', { wanted: 3 });
  await cluster.event('listening', 3);
  await bus.request('master', 'cluster.scale', { wanted: 1 });
  await cluster.line(
    'two exits',
    () =>
      cluster.lines.filter(({ msg }) => /exited with code 0; it was not needed any more/.test(String(msg))).length ===
      2,
  );
  expect(await workers()).toHaveLength(1);
});

test('what cannot be done is an error that says so', async () => {
  const { bus } = await start();
  await expect(bus.request('master', 'workers.retire', { pid: 1, reason: 'x' })).rejects.toMatchObject({
    code: 'TROUPE_ERR_NO_WORKER',
  });
  await expect(bus.request('master', 'cluster.scale', { wanted: 0 })).rejects.toMatchObject({
    code: 'TROUPE_ERR_OPTIONS',
  });
});

test('the last exits are kept, with what is known of each', async () => {
  const { cluster, bus, workers } = await start();
  const [pid = 0] = (await workers()).map(worker => worker.pid);
  process.kill(pid, 'SIGKILL');
  await cluster.event('listening', 3);
  const [exit] = await bus.request('master', 'workers.exits', undefined);
  expect(exit).toMatchObject({
    pid,
    generation: 1,
    signal: 'SIGKILL',
    asked: false,
    reason: expect.stringContaining('SIGKILL'),
  });
});

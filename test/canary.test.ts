import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';
import { Load } from './harness/load.ts';

const watched = /worker (\d+) is watched/;

async function start(env: Record<string, string>) {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-canary-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'version');
  await writeFile(file, 'one');
  const cluster = await Cluster.start('version', { env: { VERSION_FILE: file, ...env } });
  const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
  const { client: bus } = await joinBus(up);
  return {
    cluster,
    port: Number(port),
    deploy: (version: string) => writeFile(file, version),
    reload: () => bus.request('master', 'cluster.reload', undefined, { timeout: 20_000 }),
    workers: () => bus.request('master', 'workers.list', undefined),
  };
}

test.each([
  ['answers-500', /rolled back: \d+ of \d+ requests failed, in the old generation 0 of \d+ requests/],
  ['leaks', /rolled back: its heap has grown to \d+ MB, the greatest of the old generation is \d+ MB/],
] as const)(
  'a build that %s is rolled back by its canary: it costs no more than that one has served',
  async (version, reason) => {
    const { cluster, deploy, reload, workers, port } = await start({ CANARY: '5000' });
    const before = (await workers()).map(({ pid }) => pid);
    const load = new Load(port, 4, { keepAlive: false });
    await load.reaches(50);
    await deploy(version);
    await expect(reload()).rejects.toMatchObject({
      code: 'TROUPE_ERR_RELOAD_FAILED',
      message: expect.stringMatching(reason),
    });
    const canary = watched.exec(String((await cluster.logged(watched)).msg))?.[1];
    await cluster.logged(new RegExp(`worker ${canary} exited with code 0`));
    const { failed, answered } = load.tally;
    await load.reaches(answered + 200);
    expect(load.tally.failed).toEqual(failed);
    // Nothing but its own answers: no reset, no refusal.
    expect((await load.stop()).refused).toBe(0);
    expect(new Set(failed)).toEqual(new Set(version === 'answers-500' ? ['status 500'] : []));
    expect((await workers()).map(({ pid }) => pid)).toEqual(before);
  },
);

test('a good build passes its canary, and the rest follow; no request fails', async () => {
  const { deploy, reload, workers, port } = await start({ CANARY: '500' });
  const load = new Load(port, 4, { keepAlive: false });
  await load.reaches(50);
  await deploy('two');
  await expect(reload()).resolves.toEqual({ generation: 2, skipped: [] });
  expect((await load.stop()).failed).toEqual([]);
  expect((await workers()).map(({ generation }) => generation)).toEqual([2, 2]);
});

test('a canary with too few requests is watched on until it has had them', async () => {
  const { cluster, deploy, reload, port } = await start({ CANARY: '200', MIN_REQUESTS: '20' });
  await deploy('two');
  const done = reload();
  await cluster.logged(/worker \d+ has had 0 of 20 requests; it is watched on/);
  const load = new Load(port, 4, { keepAlive: false });
  await expect(done).resolves.toMatchObject({ generation: 2 });
  expect((await load.stop()).failed).toEqual([]);
});

test('a canary that dies while it is watched is rolled back; stopping does not wait for one', async () => {
  const { cluster, deploy, reload, workers } = await start({ CANARY: '60000' });
  await deploy('two');
  const first = reload();
  const { msg } = await cluster.logged(watched);
  process.kill(Number(watched.exec(String(msg))?.[1]), 'SIGKILL');
  await expect(first).rejects.toMatchObject({ message: expect.stringMatching(/was killed by SIGKILL/) });
  expect((await workers()).map(({ generation }) => generation)).toEqual([1, 1]);

  const second = reload();
  await cluster.line('another worker is watched', line => watched.test(String(line.msg)) && line.msg !== msg);
  cluster.signal('SIGTERM');
  await expect(second).rejects.toMatchObject({ message: expect.stringMatching(/stops|closing|gone/) });
  expect((await cluster.exit()).code).toBe(0);
});

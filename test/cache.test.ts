import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emitter } from '@troupe/ipc';
import { expect, onTestFinished, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster, type Launch } from './harness/cluster.ts';

let lastOrder = 0;

/** A cluster that does what it is told. */
class Actors {
  readonly cluster: Cluster;
  readonly workers: number[];
  readonly #emitter: Emitter;

  private constructor(cluster: Cluster, emitter: Emitter, workers: number[]) {
    this.cluster = cluster;
    this.#emitter = emitter;
    this.workers = workers;
  }

  static async start(launch: Launch = {}): Promise<Actors> {
    const cluster = await Cluster.start('cache', launch);
    const { emitter } = await joinBus(await cluster.up(Number(launch.env?.WORKERS ?? 2)));
    return new Actors(cluster, emitter, cluster.workersUp());
  }

  /** What process `pid` says when it is done, or the code of its error. */
  async order(pid: number, order: string, key: string, value?: unknown, deadline?: number): Promise<unknown> {
    const id = ++lastOrder;
    this.#emitter.to(pid).emit('order', id, order, key, value);
    const isIt = ({ event, id: done }: Record<string, unknown>) => event === 'done' && done === id;
    const { result, error } = await this.cluster.line(`${order} ${key}`, isIt, deadline);
    return error ?? result;
  }

  /** The pid of the cache manager that listens after `after` others. */
  async manager(after = 0): Promise<number> {
    const isIt = ({ msg }: Record<string, unknown>) => /^cache manager \d+ listening$/.test(String(msg));
    const lines = () => this.cluster.lines.filter(isIt);
    await this.cluster.line('a cache manager', () => lines().length > after);
    return Number(lines()[after]?.cacheManager);
  }

  async stop(): Promise<void> {
    this.cluster.signal('SIGTERM');
    expect(await this.cluster.exit()).toEqual({ code: 0, signal: null });
  }
}

async function persistPath(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-persist-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('workers load once, in their warm-up too; the manager is seen on the bus and leaves last', async () => {
  const actors = await Actors.start();
  const { cluster, workers } = actors;
  const [one = 0, two = 0] = workers;
  expect(cluster.events('loads')).toHaveLength(1);
  const all = [cluster.pid, one, two];
  const loaded = await Promise.all(all.map(pid => actors.order(pid, 'load', 'k', pid)));
  expect(new Set(loaded).size).toBe(1);
  expect(cluster.events('loads')).toHaveLength(2);
  expect(await actors.order(one, 'set', 'k', 7)).toBe(true);
  expect(await Promise.all(all.map(pid => actors.order(pid, 'get', 'k')))).toEqual([7, 7, 7]);
  expect(await actors.order(cluster.pid, 'del', 'k')).toBe(7);
  expect(await actors.order(two, 'get', 'k')).toBeNull();
  await actors.manager();
  await actors.stop();
});

test('a loader that is killed is replaced by exactly one other', async () => {
  const actors = await Actors.start({ env: { WORKERS: '3' } });
  const { cluster } = actors;
  const [loader = 0, ...others] = actors.workers;
  const before = cluster.events('loads').length;
  void actors.order(loader, 'load', 'k', 'never').catch(() => undefined);
  await cluster.event('loads', before + 1);
  const waiting = others.map(pid => actors.order(pid, 'load', 'k', `of ${pid}`));
  process.kill(loader, 'SIGKILL');
  const values = await Promise.all(waiting);
  expect(new Set(values).size).toBe(1);
  expect(
    cluster
      .events('loads')
      .slice(before)
      .map(({ value }) => value),
  ).toEqual(['never', values[0]]);
  await actors.stop();
});

test('a manager that is killed is replaced; what is not kept is loaded again, by one', async () => {
  const actors = await Actors.start();
  const { cluster } = actors;
  const [one = 0, two = 0] = actors.workers;
  await actors.order(one, 'set', 'k', 1);
  expect(await actors.order(two, 'get', 'k')).toBe(1);
  process.kill(await actors.manager(), 'SIGKILL');
  await actors.manager(1);
  const before = cluster.events('loads').length;
  const values = await Promise.all([one, two].map(pid => actors.order(pid, 'load', 'k', pid)));
  expect(new Set(values).size).toBe(1);
  expect(cluster.events('loads')).toHaveLength(before + 1);
  await actors.stop();
});

test('a frozen process delays a write by no more than its lease, and reads nothing old when it goes on', async () => {
  const actors = await Actors.start();
  const [frozen = 0, writer = 0] = actors.workers;
  await actors.order(writer, 'set', 'k', 'old');
  const reads = actors.order(frozen, 'readUntil', 'k', 'new', 20_000);
  expect(await actors.order(writer, 'get', 'k')).toBe('old');
  for (let round = 0; round < 3; round++) {
    process.kill(frozen, 'SIGSTOP');
    const began = performance.now();
    expect(await actors.order(writer, 'set', 'k', round === 2 ? 'new' : `${round}`)).toBe(true);
    expect(performance.now() - began).toBeLessThan(3_000);
    process.kill(frozen, 'SIGCONT');
  }
  expect(await reads).toContain('new');
  await actors.stop();
});

test('what persists survives kill -9 of the manager, and of everything', async () => {
  const path = await persistPath();
  const args = [`--cache.persistPath=${path}`];
  const env = { PERSIST: 'yes' };
  const first = await Actors.start({ args, env, leavesRunDirectory: true });
  const [worker = 0] = first.workers;
  await first.order(worker, 'set', '../../escape', 1);
  process.kill(await first.manager(), 'SIGKILL');
  expect(await first.order(worker, 'get', '../../escape')).toBe(1);
  await first.order(worker, 'set', 'k', 2);
  const everybody = [first.cluster.pid, ...(await first.cluster.others())];
  for (const pid of everybody) process.kill(pid, 'SIGKILL');
  await first.cluster.exit();

  const second = await Actors.start({ args, env });
  const [again = 0] = second.workers;
  expect(await second.order(again, 'get', 'k')).toBe(2);
  expect(await second.order(again, 'get', '../../escape')).toBe(1);
  expect((await readdir(path)).sort()).toEqual(['cache.mdb', 'cache.mdb-lock', 'lock']);
  await second.stop();
});

test('two clusters do not share a directory: the second is told who has it', async () => {
  const path = await persistPath();
  const args = [`--cache.persistPath=${path}`, '--stopTimeout=300'];
  const env = { PERSIST: 'yes' };
  const first = await Actors.start({ args, env });
  await first.order(first.workers[0] ?? 0, 'set', 'k', 1);
  const second = await Cluster.start('cache', { args, env });
  const refused = await second.logged(/the cache manager could not be started/);
  expect(JSON.stringify(refused.err)).toContain(`in use by process ${await first.manager()}`);
  second.signal('SIGTERM');
  await second.exit();
  await first.stop();
});

test('in the master, if it is wanted there', async () => {
  const actors = await Actors.start({ args: ['--cache.mode=master'] });
  const [one = 0, two = 0] = actors.workers;
  await actors.order(one, 'set', 'k', 1);
  expect(await actors.order(two, 'get', 'k')).toBe(1);
  expect(await actors.cluster.others()).toHaveLength(2);
  const { client } = await joinBus(await actors.cluster.event('up'));
  const counts = { manager: actors.cluster.pid, caches: [{ name: 'numbers', entries: 2 }] };
  expect(await client.request('master', 'cache.counts', undefined)).toMatchObject(counts);
  expect(await client.request('master', 'cache.manager', undefined), 'no process of its own').toBeNull();
  await actors.stop();
});

test('switched off, calls say so, and do not wait', async () => {
  const cluster = await Cluster.start('cache', { args: ['--no-cache.enable'], env: { TIMEOUT: '600000' } });
  const { message } = await cluster.event('failed');
  expect(message).toContain('switched off (cache.enable: false)');
  await cluster.exit();
});

test('a file that is none of ours is set aside', async () => {
  const path = await persistPath();
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'cache.mdb'), 'something else '.repeat(10_000));
  const actors = await Actors.start({ args: [`--cache.persistPath=${path}`], env: { PERSIST: 'yes' } });
  await actors.cluster.logged(/was set aside as .*the cache begins empty/);
  const [worker = 0] = actors.workers;
  expect(await actors.order(worker, 'set', 'k', 1)).toBe(true);
  expect((await readdir(path)).some(name => name.includes('set-aside'))).toBe(true);
  await actors.stop();
});

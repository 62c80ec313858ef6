import { expect, test } from 'vitest';
import { heartbeat, latencyOf } from '../../../test/harness/heartbeat.ts';
import { ClusterSource } from '../src/cluster/cluster-source.ts';
import { History } from '../src/cluster/history.ts';
import { diskOf } from '../src/cluster/host-source.ts';
import { LogSource } from '../src/cluster/log-source.ts';
import { findKeys } from '../src/live/entries.ts';
import type { EntriesPlace } from '../src/view.ts';
import { exitOf, FakeCluster, leaseOf, workerOf } from './fake-cluster.ts';

test('what has not changed is not told again', async () => {
  const cluster = new FakeCluster();
  const history = new History();
  const source = new ClusterSource(cluster, history);
  expect(await source.look()).toMatchObject({
    problem: null,
    workers: [{ pid: 11 }, { pid: 12 }],
    cluster: { pid: 1 },
  });
  expect(Object.keys(await source.look()).sort()).toEqual(['at', 'problem']);

  history.record(heartbeat({ pid: 11, tps: 20 }), Date.now());
  expect(await source.look()).toMatchObject({ workers: [{ pid: 11, beat: { tps: 20 }, trend: { length: 24 } }] });
  expect(source.whole().workers).toHaveLength(2);
});

test('the latency is that of all requests together, and what only the server needs is not told', async () => {
  const history = new History();
  const source = new ClusterSource(new FakeCluster(), history);
  expect(await source.look()).not.toHaveProperty('latency');
  history.record(heartbeat({ pid: 11, latency: latencyOf(900, 4) }), Date.now());
  history.record(heartbeat({ pid: 12, latency: latencyOf(100, 400) }), Date.now());
  // It is no worker of this cluster any more.
  history.record(heartbeat({ pid: 13, latency: latencyOf(9_000, 9_000) }), Date.now());
  const { latency, workers } = await source.look();
  expect(latency?.p50).toBeLessThan(5);
  expect(latency?.p99).toBeGreaterThan(250);
  expect(latency?.p99).toBeLessThan(500);
  expect(Object.keys(workers?.[0]?.beat?.latency ?? {}).sort()).toEqual(['p50', 'p95', 'p99']);
});

test('a worker that died is told gone at once, with its exit', async () => {
  const cluster = new FakeCluster();
  const source = new ClusterSource(cluster, new History());
  await source.look();
  cluster.workers = [workerOf(11), workerOf(13, { state: 'warming' })];
  cluster.exits = [exitOf(12)];
  expect(await source.look()).toMatchObject({
    gone: [12],
    workers: [{ pid: 13, state: 'warming' }],
    exits: [{ pid: 12 }],
  });
});

test('who debugs a worker is told with it, whenever that changes, and where its sockets are is not', async () => {
  const cluster = new FakeCluster();
  const source = new ClusterSource(cluster, new History());
  await source.look();
  const lease = leaseOf(11);
  cluster.leases = [lease];
  const { workers } = await source.look();
  expect(workers).toMatchObject([{ pid: 11, lease: { by: 'Ada', since: lease.since, paused: false } }]);
  expect(JSON.stringify(workers)).not.toMatch(/agent|door|root/);
  cluster.leases = [{ ...lease, paused: true }];
  expect(await source.look()).toMatchObject({ workers: [{ pid: 11, lease: { paused: true } }] });
  cluster.leases = [];
  const [worker] = (await source.look()).workers ?? [];
  expect(worker?.lease).toBeUndefined();
});

test('a master that does not answer is a problem, and what was known stays', async () => {
  const cluster = new FakeCluster();
  const source = new ClusterSource(cluster, new History());
  await source.look();
  cluster.silent = true;
  expect(await source.look()).toMatchObject({ problem: 'no answer' });
  expect(source.whole()).toMatchObject({ problem: 'no answer', workers: [{ pid: 11 }, { pid: 12 }] });
  cluster.silent = false;
  expect(await source.look()).toMatchObject({ problem: null });
});

test('each line of the log is told once, in the order of time', async () => {
  const cluster = new FakeCluster();
  const source = new LogSource(cluster);
  const line = (seq: number, at: number) => ({ pid: 1, seq, at, level: 'info' as const, text: `line ${seq}` });
  cluster.lines = [line(2, 2_000), line(1, 1_000)];
  expect((await source.look())?.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(await source.look()).toBeUndefined();
  cluster.lines.push(line(3, 2_000));
  expect((await source.look())?.map(({ seq }) => seq)).toEqual([3]);
  expect(source.whole()).toHaveLength(3);
});

test('a directory is on the file system that is mounted nearest above it', () => {
  const mounts = [
    { mount: '/', used: 1, size: 10 },
    { mount: '/srv', used: 2, size: 20 },
    { mount: '/srv/app', used: 3, size: 30 },
  ];
  expect(diskOf('/srv/app', mounts)).toEqual({ used: 3, total: 30 });
  expect(diskOf('/srv/apple', mounts)).toEqual({ used: 2, total: 20 });
  expect(diskOf('/home', mounts)).toEqual({ used: 1, total: 10 });
  expect(diskOf('/home', [])).toBeNull();
});

test('a search goes through the pages of keys, and goes on where it was', async () => {
  const all = Array.from({ length: 3_000 }, (_, index) => `key ${index}`);
  const page = async (cursor: number) => ({
    keys: all.slice(cursor, cursor + 1_000),
    next: cursor + 1_000 < all.length ? cursor + 1_000 : undefined,
  });
  const found: string[] = [];
  let from: EntriesPlace | undefined = { cursor: 0, skip: 0 };
  for (let pages = 0; from && pages < 100; pages++) {
    const { keys, next }: Awaited<ReturnType<typeof findKeys>> = await findKeys('7', from, page);
    expect(keys.length).toBeLessThanOrEqual(50);
    found.push(...keys);
    from = next;
  }
  expect(found).toEqual(all.filter(key => key.includes('7')));
});

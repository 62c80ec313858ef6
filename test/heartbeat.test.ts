import { readFile } from 'node:fs/promises';
import type { Heartbeat } from '@troupe/runner';
import { expect, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { type Kind, open } from './harness/clients.ts';
import { Cluster } from './harness/cluster.ts';
import { NewConnections } from './harness/new-connections.ts';

const FIELDS = [
  ...['pid', 'state', 'uptime', 'cycle', 'cpu', 'memory', 'heap', 'eventLoop', 'gc', 'error'],
  ...['aliveConnections', 'totalConnections', 'transactions', 'durations', 'latency', 'tps'],
  ...['totalTransactions', 'totalDurations'],
];

async function start(env: NodeJS.ProcessEnv = {}) {
  const cluster = await Cluster.start('heartbeats', { env });
  const [up, { pid, port }] = await Promise.all([cluster.event('up'), cluster.event('listening')]);
  const heardBy = (hearer: unknown) =>
    cluster.events('heartbeat').flatMap(line => (line.pid === hearer ? [line.heartbeat as Heartbeat] : []));
  /** Waits until the master has heard one that fits. */
  const beat = async (what: string, fits: (heartbeat: Heartbeat) => boolean) => {
    const line = await cluster.line(
      what,
      ({ event, pid, heartbeat }) => event === 'heartbeat' && pid === cluster.pid && fits(heartbeat as Heartbeat),
    );
    return line.heartbeat as Heartbeat;
  };
  return { cluster, up, worker: Number(pid), port: Number(port), heardBy, beat };
}

const sum = (beats: readonly Heartbeat[], field: (beat: Heartbeat) => number) =>
  beats.reduce((total, beat) => total + field(beat), 0);

/** In which the kernel counts CPU time, ms. */
const TICK = 10;

/** What the kernel says that a process has used, ms. */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * TICK;
}

test.each<Kind>(['http', 'http2'])(
  'heartbeats say what was, to the master and to the worker itself: %s',
  async kind => {
    const { cluster, worker, port, heardBy, beat } = await start(kind === 'http2' ? { HTTP2: '1' } : {});
    const connection = await open(kind, { port });
    const paths = ['/fail', '/fail', '/fail', '/throw', '/allocate?ms=900', '/stutter?ms=100', '/block?ms=700'];
    for (const path of paths) await connection.ask(path);
    const requests = paths.length + 1;
    const last = await beat('all requests', ({ totalTransactions }) => totalTransactions >= requests);
    const beats = heardBy(cluster.pid);

    expect(Object.keys(last).sort()).toEqual([...FIELDS].sort());
    expect(heardBy(worker).slice(0, beats.length)).toEqual(beats);
    expect(new Set(beats.map(({ pid }) => pid))).toEqual(new Set([worker]));

    // What a cycle counts, no other one counts again.
    expect(sum(beats, each => each.transactions)).toBe(requests);
    expect(sum(beats, each => each.error.count)).toBe(3);
    expect(sum(beats, each => each.error.fatal)).toBe(1);
    expect(sum(beats, each => each.durations)).toBeCloseTo(last.totalDurations);
    expect(last.totalDurations).toBeGreaterThan(2_600);
    expect(sum(beats, each => each.latency.counts.reduce((all, count) => all + count, 0))).toBe(requests);
    // Two of them took 700 ms and more, each in a cycle of its own or in one together.
    expect(Math.max(...beats.map(({ latency }) => latency.p99))).toBeGreaterThan(500);
    expect(last).toMatchObject({
      state: 'ready',
      totalTransactions: requests,
      aliveConnections: 1,
      totalConnections: 1,
    });

    for (const [n, each] of beats.entries()) {
      expect(each.tps).toBeCloseTo((each.transactions * 1_000) / each.cycle);
      expect(each.uptime - (beats[n - 1]?.uptime ?? 0)).toBeCloseTo(each.cycle / 1_000);
      expect(each.heap.used).toBeLessThanOrEqual(each.heap.total);
      expect(each.heap.total).toBeLessThan(each.heap.limit);
    }
    const most = (field: (beat: Heartbeat) => number) => Math.max(...beats.map(field));
    expect(most(({ eventLoop }) => eventLoop.p99)).toBeGreaterThan(70);
    expect(most(({ eventLoop }) => eventLoop.utilization)).toBeGreaterThan(0.6);
    expect(most(({ cycle }) => cycle)).toBeGreaterThan(690);
    expect(most(({ gc }) => gc.incremental)).toBeGreaterThan(0);
    expect(most(({ gc }) => gc.pauseMS)).toBeGreaterThan(0);
    const used = sum(beats, ({ cpu, cycle }) => (cpu / 100) * cycle);
    const usedByNow = await cpuOf(worker);
    expect(used).toBeLessThan(usedByNow * 1.05);
    expect(used).toBeGreaterThan(usedByNow / 2);
    const pages = Number((await readFile(`/proc/${worker}/statm`, 'utf8')).split(' ')[1]);
    expect(last.memory / (pages * 4_096)).toBeGreaterThan(0.5);
    expect(last.memory / (pages * 4_096)).toBeLessThan(2);

    connection.end();
    const idle = await beat('the connection to be gone', ({ totalTransactions, aliveConnections }) => {
      return totalTransactions === requests && aliveConnections === 0;
    });
    expect(idle).toMatchObject({ totalConnections: 1, transactions: 0, durations: 0, tps: 0 });
  },
);

test('a worker that is paused says so', async () => {
  const { up, worker, beat } = await start();
  const { client } = await joinBus(up);
  await client.request('master', 'workers.pause', { pids: [worker] });
  const { uptime } = await beat('a paused heartbeat', ({ state }) => state === 'paused');
  await client.request('master', 'workers.resume', { pids: [worker] });
  await beat('a ready heartbeat', heartbeat => heartbeat.state === 'ready' && heartbeat.uptime > uptime);
});

test.each([
  [
    'maxConnections',
    'configured',
    { OPTIONS: '{"maxConnections":20,"heartbeatInterval":200}' },
    /it has had \d+ connections/,
  ],
  ['shouldKill', 'heartbeats', { RECYCLE_AFTER: '20', WORKERS: '2' }, /it has answered \d+ requests/],
] as const)(
  'recycled by %s: successor first, no request fails, and the reason is kept',
  async (_what, fixture, env, why) => {
    const cluster = await Cluster.start(fixture, { env });
    const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
    const { client } = await joinBus(up);
    const load = new NewConnections(Number(port), 4);
    const replaced = await cluster.logged(new RegExp(`will be replaced by \\d+: ${why.source}`));
    const [, old, next] = /worker (\d+) will be replaced by (\d+)/.exec(String(replaced.msg)) ?? [];
    await cluster.logged(new RegExp(`worker ${old} exited with code 0; it was replaced: ${why.source}`));
    expect((await load.stop()).failed).toEqual([]);

    const at = (pattern: string) => cluster.lines.findIndex(({ msg }) => new RegExp(pattern).test(String(msg)));
    expect(at(`worker ${next} is ready`)).toBeGreaterThan(-1);
    expect(at(`worker ${next} is ready`)).toBeLessThan(at(`worker ${old} exited`));
    const exits = await client.request('master', 'workers.exits', undefined);
    expect(exits.find(({ pid }) => pid === Number(old))).toMatchObject({
      asked: true,
      code: 0,
      reason: expect.stringMatching(why),
    });
  },
);

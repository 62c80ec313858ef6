import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metrics } from '@troupe/metrics-middleware';
import { expect, onTestFinished, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';
import { Exposition, scrape } from './harness/exposition.ts';
import { lint } from './harness/lint-metrics.ts';
import { Load } from './harness/load.ts';

const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
const JOBS = 'jobs_total';
const REQUESTS = 'troupe_http_request_duration_seconds_count';

async function start(...args: string[]) {
  const cluster = await Cluster.start('metrics', { args });
  const [up, { port }] = await Promise.all([cluster.up(3), cluster.event('listening')]);
  const { client } = await joinBus(up);
  const url = `http://127.0.0.1:${up.port}/metrics`;
  const ask = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();
    }
  };
  /** The oldest first: a place whose workers die again and again is filled later and later. */
  const workers = async () =>
    (await client.request('master', 'workers.list', undefined))
      .filter(({ state }) => state === 'ready')
      .sort((a, b) => a.since - b.since);
  return { cluster, client, url, port: Number(port), ask, workers, stop: () => stops(cluster) };
}

async function stops(cluster: Cluster): Promise<void> {
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
}

/** The series of `now` that are less than before, or gone. */
function fallen(before: Exposition, now: Exposition): string[] {
  const values = now.cumulative();
  return [...before.cumulative()].flatMap(([series, value]) => {
    const after = values.get(series) ?? Number.NEGATIVE_INFINITY;
    return after < value ? [`${series}: ${value} → ${after}`] : [];
  });
}

/** Those of Node itself come and go: with the first collection of its kind, for one. */
const ours = ({ series }: Exposition) => [...series.keys()].filter(name => name.startsWith('troupe_'));

test('counters are those of the whole cluster, and never fall, whichever workers are stopped and killed meanwhile', async () => {
  const { cluster, url, port, workers, stop } = await start('--metrics.timeout=200');
  const load = new Load(port, 4, { keepAlive: false });
  const scrapes: Exposition[] = [];
  let isOver = false;
  const scraping = (async () => {
    while (!isOver) scrapes.push(await scrape(url, scrapes.length % 2 === 0 ? OPEN_METRICS : '*/*'));
  })();
  const more = (count: number) => load.reaches(load.tally.answered + count);
  const ROUNDS = 3;
  for (let round = 1; round <= ROUNDS; round++) {
    const [victim, frozen] = await workers();
    if (victim === undefined || frozen === undefined) throw new Error('two workers are ready');
    process.kill(frozen.pid, 'SIGSTOP');
    process.kill(victim.pid, 'SIGKILL');
    await more(30);
    process.kill(frozen.pid, round % 2 === 0 ? 'SIGKILL' : 'SIGCONT');
    await cluster.event('worker-up', 3 + round + Math.floor(round / 2));
    await more(30);
  }
  await load.stop();
  isOver = true;
  await scraping;
  const last = await scrape(url);

  expect(scrapes.length).toBeGreaterThan(ROUNDS);
  // Each with the one before of the same format: names differ between the two.
  expect(scrapes.flatMap((before, i) => fallen(before, scrapes[i + 2] ?? before))).toEqual([]);
  const killed = ROUNDS + Math.floor(ROUNDS / 2);
  expect(last.value('troupe_worker_exits_total', { reason: 'killed' })).toBe(killed);
  expect(last.value(JOBS)).toBeGreaterThan(0);
  // What a killed worker had counted since its last heartbeat is lost, and no more.
  expect(Number(last.value(REQUESTS, { status: '2xx' }))).toBeLessThanOrEqual(load.tally.answered + killed * 4);
  await stop();
});

test('what a worker counted stays when it leaves in order, to the last request; a frozen one counts with what it said last', async () => {
  const { cluster, client, url, ask, workers, stop } = await start('--metrics.timeout=2000');
  await ask(30);
  const before = await scrape(url);
  expect(before.value(JOBS, { app: 'fixture' })).toBe(30);
  expect(before.value('job_size_bucket', { le: '4' })).toBe(30);
  expect(before.value('troupe_http_request_duration_seconds_bucket', { status: '2xx', le: '+Inf' })).toBe(30);
  expect(before.value('troupe_workers_reporting')).toBe(3);
  const pids = (await workers()).map(({ pid }) => pid);
  expect(before.value('highest_pid')).toBe(Math.max(...pids));
  expect(before.value('broken')).toBeUndefined();
  expect(before.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);

  const [pid = 0, frozen = 0] = pids;
  await client.request('master', 'workers.retire', { pid, reason: 'the test asks for it' });
  await ask(10);
  await cluster.logged(new RegExp(`^worker ${pid} exited`));
  const after = await scrape(url);
  expect(after.value(JOBS)).toBe(40);
  expect(after.value(REQUESTS, { status: '2xx' })).toBe(40);
  expect(after.value('workers_alive')).toBe(3);
  expect(after.value('troupe_worker_exits_total', { reason: 'retire' })).toBe(1);

  process.kill(frozen, 'SIGSTOP');
  const partial = await scrape(url, OPEN_METRICS);
  process.kill(frozen, 'SIGCONT');
  expect(partial.value('troupe_workers_reporting')).toBe(2);
  expect(partial.value('troupe_workers', { state: 'ready' })).toBe(3);
  expect(partial.value(JOBS)).toBe(40);
  expect(partial.value('workers_alive')).toBe(3);
  await stop();
});

test('names, types, units and help are what promtool expects', async () => {
  const { url, ask, stop } = await start();
  await ask(3);
  const page = await scrape(url);
  expect(page.families.size).toBeGreaterThan(15);
  expect(lint(page, 'troupe_')).toEqual([]);
  // And it does find what is wrong: no help, no _total, camelCase, ms.
  expect(lint(new Exposition('# TYPE jobCount_ms counter\njobCount_ms 1\n', 'text/plain'), 'job')).toHaveLength(4);
  await stop();
});

test('caches are counted while their manager lives, is frozen and is replaced', async () => {
  const cluster = await Cluster.start('cache', { args: ['--metrics.timeout=1000'] });
  const url = `http://127.0.0.1:${(await cluster.event('up')).port}/metrics`;
  const numbers = (name: string, page: Exposition) => page.value(`troupe_cache_${name}`, { cache: 'numbers' });
  const scrapeUntil = async (fits: (page: Exposition) => boolean) => {
    for (const deadline = performance.now() + 20_000; ; ) {
      const page = await scrape(url);
      if (fits(page)) return page;
      if (performance.now() > deadline) throw new Error(`not in time: ${[...page.series.keys()].join('\n')}`);
    }
  };
  const isManager = ({ msg }: Record<string, unknown>) => /^cache manager \d+ listening$/.test(String(msg));
  const { cacheManager } = await cluster.line('a cache manager', isManager);
  // The workers have read, in their warm-ups, what one of them has loaded.
  const first = await scrapeUntil(page => numbers('entries', page) === 1);
  expect(numbers('loads_total', first)).toBe(1);
  expect(lint(first, 'troupe_')).toEqual([]);

  process.kill(Number(cacheManager), 'SIGSTOP');
  const frozen = await scrape(url, OPEN_METRICS);
  expect(frozen.value('troupe_workers_reporting')).toBe(2);
  expect([numbers('entries', frozen), numbers('loads_total', frozen)]).toEqual([1, 1]);

  process.kill(Number(cacheManager), 'SIGKILL');
  await cluster.line('another', () => cluster.lines.filter(isManager).length > 1);
  const after = await scrapeUntil(page => numbers('entries', page) !== 1);
  expect(numbers('loads_total', after)).toBe(1);
  await stops(cluster);
});

test('another process on the bus shows the same; the monitor can be without it', async () => {
  const { client, url, ask, cluster } = await start();
  await ask(3);
  const middleware = metrics({ client, path: '/elsewhere' });
  const server = createServer((req, res) => middleware(req, res, () => res.writeHead(404).end())).listen(
    0,
    '127.0.0.1',
  );
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [here, there] = [await scrape(`http://127.0.0.1:${port}/elsewhere`), await scrape(url)];
  expect(ours(here)).toEqual(ours(there));
  expect(here.value(JOBS)).toBe(3);
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
  await stops(cluster);

  const without = await Cluster.start('hello', { args: ['--no-metrics'] });
  const up = await without.event('up');
  expect((await fetch(`http://127.0.0.1:${up.port}/metrics`)).status).toBe(404);
  await stops(without);
});

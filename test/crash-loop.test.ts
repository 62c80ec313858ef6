import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';

/** After 4 failures in a row a place waits 8 s ± 20 % for the next try. */
const NEXT_STEP = 9_600;

test('a crash loop of a generation that has served: few forks, ECV down, the log says why, and it heals by itself', async () => {
  const cluster = await Cluster.start('outage');
  const [{ port: monPort }, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
  const outage = join(cluster.runtime, 'outage');
  const forks = () => cluster.lines.filter(({ msg }) => /^worker \d+ forked$/.test(msg ?? '')).slice(2);
  const workers = await cluster.others();

  await writeFile(outage, '');
  const began = Date.now();
  for (const pid of workers) process.kill(pid, 'SIGKILL');
  await cluster.logged(/ECV is down: Ready: 0 of 2 workers/);
  expect((await fetch(`http://127.0.0.1:${monPort}/ecv`)).status).toBe(500);

  // At once, then after 1, 2 and 4 s, in either place.
  const failures = () =>
    cluster.lines.filter(({ msg }) => /: configureApp failed: the database is away/.test(msg ?? ''));
  await cluster.line('8 failures', () => failures().length === 8);
  await rm(outage);
  await cluster.event('listening', 3, NEXT_STEP + 5_000);
  await cluster.line('ECV to be up again', () => cluster.lines.filter(line => line.msg === 'ECV is up').length === 2);
  await cluster.event('listening', 4);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toMatch(/^\d+$/);

  const within = (from: number, to: number) =>
    forks().filter(({ time }) => Number(time) >= began + from && Number(time) < began + to).length;
  expect(within(0, 10_000)).toBeLessThanOrEqual(10);
  expect(within(10_000, 20_000)).toBeLessThan(within(0, 10_000));
  expect(forks()).toHaveLength(10);
});

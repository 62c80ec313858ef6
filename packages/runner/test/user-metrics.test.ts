import { setImmediate as nextTurn } from 'node:timers/promises';
import { Counter, Gauge, Histogram, register } from 'prom-client';
import { afterEach, expect, test, vi } from 'vitest';
import { userCounters, userMetrics } from '../src/metrics/user-metrics.ts';

afterEach(() => register.clear());

test('counters are read without calling anything of the application', async () => {
  const collect = vi.fn();
  new Counter({ name: 'jobs_total', help: 'Jobs.' }).inc(3);
  new Histogram({ name: 'sizes', help: 'Sizes.', buckets: [1] }).observe(2);
  new Gauge({ name: 'level', help: 'Level.' }).set(1);
  new Counter({ name: 'slow_total', help: 'Slow.', collect });
  const families = await userCounters(expect.unreachable);
  expect(families.map(({ name, type, aggregator }) => ({ name, type, aggregator }))).toEqual([
    { name: 'jobs_total', type: 'counter', aggregator: 'sum' },
    { name: 'sizes', type: 'histogram', aggregator: 'sum' },
  ]);
  expect(families[0]?.values).toEqual([{ labels: {}, value: 3 }]);
  expect(collect).not.toHaveBeenCalled();
});

test('all metrics are read, with the default labels, but for those that cannot be', async () => {
  const broken = new Error('nothing to see');
  register.setDefaultLabels({ app: 'shop', kind: 'default' });
  new Counter({ name: 'jobs_total', help: 'Jobs.', labelNames: ['kind'] }).inc({ kind: 'own' }, 2);
  new Gauge({ name: 'broken', help: 'Broken.', collect: () => Promise.reject(broken) });
  new Gauge({ name: 'highest', help: 'Highest.', aggregator: 'max', collect() {} }).set(7);
  const failed = vi.fn();
  const families = await userMetrics(failed);
  expect(families).toEqual([
    expect.objectContaining({ name: 'highest', type: 'gauge', aggregator: 'max' }),
    expect.objectContaining({
      name: 'jobs_total',
      values: [{ labels: { app: 'shop', kind: 'own' }, value: 2 }],
    }),
  ]);
  expect(failed.mock.calls).toEqual([['broken', broken]]);
});

test('what is read in no time is as new as when it is told, however long the others take', async () => {
  const jobs = new Counter({ name: 'jobs_total', help: 'Jobs.' });
  new Gauge({
    name: 'slow',
    help: 'Takes its time.',
    async collect() {
      await nextTurn();
      jobs.inc();
    },
  });
  const families = await userMetrics(expect.unreachable);
  expect(families.find(({ name }) => name === 'jobs_total')?.values).toEqual([{ labels: {}, value: 1 }]);
});

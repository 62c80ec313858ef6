import type { MetricFamily } from '@troupe/ipc';
import parse from 'parse-prometheus-text-format';
import { expect, it } from 'vitest';
import { Exposition } from '../../../test/harness/exposition.ts';
import { exposition, OPEN_METRICS, PROMETHEUS } from '../src/exposition.ts';
import { family } from './families.ts';

const HARD = 'a "quoted" \\ label\nof two lines';
const FAMILIES: MetricFamily[] = [
  family('jobs_total', 'counter', [
    [{ kind: HARD, n: 1 }, 5],
    [{ kind: 'b' }, 0.5],
  ]),
  family('jobs_without_suffix', 'counter', [[{}, 1e21]]),
  { ...family('temperature', 'gauge', [[{}, Number.NaN]], 'average'), help: 'Two lines\nand a \\.' },
  family('extremes', 'gauge', [
    [{ at: 'low' }, Number.NEGATIVE_INFINITY],
    [{ at: 'high' }, Number.POSITIVE_INFINITY],
  ]),
  family('seconds', 'histogram', [
    [{ le: 0.1 }, 1, 'seconds_bucket'],
    [{ le: '+Inf' }, 3, 'seconds_bucket'],
    [{}, 4.2, 'seconds_sum'],
    [{}, 3, 'seconds_count'],
  ]),
  family('sizes', 'summary', [
    [{}, 9, 'sizes_sum'],
    [{}, 2, 'sizes_count'],
  ]),
  family('nothing_yet', 'counter', []),
];

it('is what Prometheus reads', async () => {
  const { type, text } = await exposition(FAMILIES, PROMETHEUS);
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
  const { series } = new Exposition(text, type);
  expect(series.size).toBe(12);
  const read = new Map(parse(text).map(({ name, ...rest }) => [name, rest]));
  expect(read.get('jobs_total')).toMatchObject({
    type: 'COUNTER',
    metrics: [
      { value: '5', labels: { kind: HARD, n: '1' } },
      { value: '0.5', labels: { kind: 'b' } },
    ],
  });
  expect(read.get('seconds')).toMatchObject({
    type: 'HISTOGRAM',
    metrics: [{ buckets: { '0.1': '1', '+Inf': '3' }, sum: '4.2', count: '3' }],
  });
});

it('is what OpenMetrics readers read', async () => {
  const { type, text } = await exposition(FAMILIES, OPEN_METRICS);
  expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  const read = new Exposition(text, type);
  expect(
    [...read.series.values()].filter(sample => sample.type === 'counter').map(({ family, name }) => [family, name]),
  ).toEqual([
    ['jobs', 'jobs_total'],
    ['jobs', 'jobs_total'],
    ['jobs_without_suffix', 'jobs_without_suffix_total'],
  ]);
  expect(read.value('extremes', { at: 'high' })).toBe(Number.POSITIVE_INFINITY);
  expect(text.endsWith('\n# EOF\n')).toBe(true);
});

it('stays with the format in which both a gauge and a counter can have the name', async () => {
  const both = [family('jobs', 'gauge', [[{}, 1]]), family('jobs_total', 'counter', [[{}, 5]])];
  const { type, text } = await exposition(both, OPEN_METRICS);
  const read = new Exposition(text, type);
  expect(type).toContain('text/plain');
  expect([read.value('jobs'), read.value('jobs_total')]).toEqual([1, 5]);
});

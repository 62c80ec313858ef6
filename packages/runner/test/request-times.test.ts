import { latencyBucket } from '@troupe/ipc';
import { expect, test } from 'vitest';
import { RequestTimes } from '../src/worker/request-times.ts';

const NAME = 'troupe_http_request_duration_seconds';

test('requests are counted by the class of their status and by how long they took', () => {
  const times = new RequestTimes();
  times.add(200, 0.4);
  times.add(204, 1);
  times.add(201, 1.1);
  times.add(503, 20_000);
  times.add(0, 30);
  const { type, values } = times.histogram();
  const of = (status: string, suffix: string) =>
    values.filter(({ labels, metricName }) => labels.status === status && metricName === NAME + suffix);
  const bucket = (status: string, le: string | number) =>
    of(status, '_bucket').find(({ labels }) => labels.le === le)?.value;
  expect(type).toBe('histogram');
  expect([bucket('2xx', 0.001), bucket('2xx', 0.0025), bucket('2xx', '+Inf')]).toEqual([2, 3, 3]);
  expect([bucket('5xx', 10), bucket('5xx', '+Inf')]).toEqual([0, 1]);
  expect([bucket('aborted', 0.025), bucket('aborted', 0.05)]).toEqual([0, 1]);
  expect(of('2xx', '_sum')).toEqual([{ metricName: `${NAME}_sum`, labels: { status: '2xx' }, value: 0.0025 }]);
  expect(of('2xx', '_count')[0]?.value).toBe(3);
  expect(of('4xx', '_count')).toEqual([]);
  expect([times.count, times.total, times.failed]).toEqual([5, 20_032.5, 1]);
  const { counts } = times;
  expect([counts[latencyBucket(0.4)], counts[latencyBucket(30)], counts.at(-1)]).toEqual([1, 1, 1]);
  expect(counts.reduce((sum, count) => sum + count)).toBe(5);
});

test('a status that there is not counts as none', () => {
  const times = new RequestTimes();
  for (const status of [Number.NaN, 42, 999]) times.add(status, 1);
  expect(times.histogram().values.every(({ labels }) => labels.status === 'aborted')).toBe(true);
  expect([times.count, times.failed]).toEqual([3, 0]);
});

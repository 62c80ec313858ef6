import { expect, test } from 'vitest';
import { readHeartbeat } from '../src/cluster/read-heartbeat.ts';
import { beatOf } from './beats.ts';

test('a heartbeat is read, and nothing that is not one of its numbers', () => {
  expect(readHeartbeat({ ...beatOf(7), note: '<script>', heap: { ...beatOf(7).heap, more: 1 } }, 7)).toEqual(beatOf(7));
});

test.each([
  ['somebody else’s', beatOf(8)],
  ['nothing', undefined],
  ['text in place of a number', { ...beatOf(7), cpu: '<b>1</b>' }],
  ['a number that is none', { ...beatOf(7), tps: Number.NaN }],
  ['a part that is missing', { ...beatOf(7), heap: undefined }],
  ['latencies that are none', { ...beatOf(7), latency: { ...beatOf(7).latency, counts: [1, '<b>'] } }],
  ['more latencies than there are buckets', { ...beatOf(7), latency: { counts: Array(10_000).fill(0) } }],
  ['a state that there is not', { ...beatOf(7), state: 'forked' }],
])('an event of that name with %s is no heartbeat', (_what, value) => {
  expect(readHeartbeat(value, 7)).toBeUndefined();
});

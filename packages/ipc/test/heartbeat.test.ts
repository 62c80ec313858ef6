import { expect, test } from 'vitest';
import { heartbeat } from '../../../test/harness/heartbeat.ts';
import { readHeartbeat } from '../src/heartbeat.ts';

test('a heartbeat is read, and nothing that is not one of its numbers', () => {
  expect(
    readHeartbeat({ ...heartbeat({ pid: 7 }), note: '<script>', heap: { ...heartbeat({ pid: 7 }).heap, more: 1 } }, 7),
  ).toEqual(heartbeat({ pid: 7 }));
});

test.each([
  ['somebody else’s', heartbeat({ pid: 8 })],
  ['nothing', undefined],
  ['text in place of a number', { ...heartbeat({ pid: 7 }), cpu: '<b>1</b>' }],
  ['a number that is none', { ...heartbeat({ pid: 7 }), tps: Number.NaN }],
  ['a part that is missing', { ...heartbeat({ pid: 7 }), heap: undefined }],
  ['latencies that are none', { ...heartbeat({ pid: 7 }), latency: { counts: [1, '<b>'] } }],
  ['more latencies than there are buckets', { ...heartbeat({ pid: 7 }), latency: { counts: Array(10_000).fill(0) } }],
  ['a state that there is not', { ...heartbeat({ pid: 7 }), state: 'forked' }],
])('an event of that name with %s is no heartbeat', (_what, value) => {
  expect(readHeartbeat(value, 7)).toBeUndefined();
});

import { expect, test } from 'vitest';
import { heartbeat, latencyOf } from '../../../test/harness/heartbeat.ts';
import { History, SLOTS, STEP } from '../src/cluster/history.ts';
import { METRICS } from '../src/view.ts';

/** The end of a slot, some time after the epoch. */
const START = 1_000 * STEP;
const at = (slot: number) => START + slot * STEP + STEP / 2;
const rowOf = (name: string) => METRICS.findIndex(metric => metric.name === name);

test('what a worker said is found in its slot, and the latest is last', () => {
  const history = new History();
  history.record(heartbeat({ pid: 1, tps: 10 }), at(0));
  history.record(heartbeat({ pid: 1, tps: 20 }), at(1));
  expect(history.trend(1, 'tps', at(1), 3)).toEqual([null, 10, 20]);
  expect(history.last(1)).toMatchObject({ heardAt: at(1), beat: { tps: 20 } });
  expect(history.trend(2, 'tps', at(1), 3)).toEqual([]);
});

test('beats that come more often than slots are averaged; those that come less often speak for their whole cycle', () => {
  const history = new History();
  for (const [index, tps] of [10, 20, 60].entries())
    history.record(heartbeat({ pid: 1, tps, cycle: 1_000 }), at(0) + index);
  history.record(heartbeat({ pid: 2, tps: 7, cycle: 3 * STEP }), at(2));
  expect(history.trend(1, 'tps', at(0), 1)).toEqual([30]);
  expect(history.trend(2, 'tps', at(2), 4)).toEqual([null, 7, 7, 7]);
});

test('percentiles of a slot are those of all of its requests, whichever beat told of them; without requests there are none', () => {
  const history = new History();
  const beats = [latencyOf(10, 400), latencyOf(990, 4), latencyOf(0, 0)];
  for (const [index, latency] of beats.entries())
    history.record(heartbeat({ pid: 1, latency, cycle: 1_000 }), at(0) + index);
  history.record(heartbeat({ pid: 1, latency: latencyOf(0, 0), cycle: STEP }), at(1));
  const { total, workers } = history.whole(at(1));
  for (const rows of [total, workers[0]?.rows]) {
    const [p50, p99] = [rows?.[rowOf('p50')]?.slice(-2), rows?.[rowOf('p99')]?.slice(-2)];
    expect(p50?.[0]).toBeCloseTo(4, 0);
    expect(p99?.[0]).toBeLessThan(5);
    expect([p50?.[1], p99?.[1]]).toEqual([null, null]);
  }
});

test('the ring forgets what is older than 15 minutes, and what was silence stays silence', () => {
  const history = new History();
  history.record(heartbeat({ pid: 1, tps: 1 }), at(0));
  history.record(heartbeat({ pid: 1, tps: 2 }), at(SLOTS + 5));
  const row = history.trend(1, 'tps', at(SLOTS + 5), SLOTS);
  expect(row).toHaveLength(SLOTS);
  expect(row.filter(value => value !== null)).toEqual([2]);
});

test('workers make the whole: sums, the worst delay, and percentiles of all requests together', () => {
  const history = new History();
  history.record(
    heartbeat({ pid: 1, tps: 30, latency: latencyOf(150, 9), eventLoop: { utilization: 0, p50: 1, p99: 5 } }),
    at(0),
  );
  history.record(
    heartbeat({ pid: 2, tps: 10, latency: latencyOf(50, 400), eventLoop: { utilization: 0, p50: 1, p99: 80 } }),
    at(0),
  );
  const { total } = history.whole(at(0));
  const last = (name: string) => total[rowOf(name)]?.at(-1);
  expect(last('tps')).toBe(40);
  expect(last('delay')).toBe(80);
  expect(last('p50')).toBeLessThan(10);
  expect(last('p95')).toBeGreaterThan(250);
  expect(last('p99')).toBeLessThan(500);
  expect(total[0]?.at(-2)).toBeNull();
});

test('only slots that have changed are told again', () => {
  const history = new History();
  history.record(heartbeat({ pid: 1 }), at(0));
  expect(history.changes(at(0))).toMatchObject({ first: START, step: STEP });
  expect(history.changes(at(0))).toBeUndefined();
  history.record(heartbeat({ pid: 1 }), at(2));
  const changes = history.changes(at(2));
  expect(changes?.first).toBe(START + 2 * STEP);
  expect(changes?.workers[0]?.rows[0]).toHaveLength(1);
});

test('however many workers come and go, it stays bounded', () => {
  const history = new History();
  for (let pid = 1; pid <= 2_000; pid++) history.record(heartbeat({ pid }), at(0));
  expect(history.whole(at(0)).workers).toHaveLength(512);
  expect(history.last(2_000)).toBeDefined();
  history.record(heartbeat({ pid: 1 }), at(SLOTS + 1));
  expect(history.last(2_000)).toBeUndefined();
});

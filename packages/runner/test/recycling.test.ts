import { connect, type EventListener, emitter, type Heartbeat } from '@troupe/ipc';
import { expect, test, vi } from 'vitest';
import { heartbeat } from '../../../test/harness/heartbeat.ts';
import { anyOf, assertBadGC, assertEventLoop, assertHeap, assertOld } from '../src/index.ts';
import { PerWorker } from '../src/recycling/per-worker.ts';

test.each([
  [0, 900],
  [0.5, 1_000],
  [0.999_999, 1_100],
])('assertOld: with %d drawn, a limit of 1000 s is %d s', (drawn, limit) => {
  const isOld = assertOld(1_000, () => drawn);
  expect(isOld(heartbeat({ uptime: limit - 1 }))).toBe(false);
  expect(isOld(heartbeat({ uptime: limit }))).toMatch(/s old/);
});

test('assertOld draws once for each worker', () => {
  const drawn = [0, 0.5];
  const isOld = assertOld(1_000, () => drawn.shift() ?? 0.999);
  expect([1, 2, 1, 2].map(pid => Boolean(isOld(heartbeat({ pid, uptime: 950 }))))).toEqual([true, false, true, false]);
});

test.each([0, -1])('assertOld(%d) finds nobody old', maxAge => {
  expect(assertOld(maxAge)(heartbeat({ uptime: 1e9 }))).toBe(false);
});

test('assertOld without a limit means three days', () => {
  const isOld = assertOld(undefined, () => 0.5);
  expect(isOld(heartbeat({ uptime: 259_199 }))).toBe(false);
  expect(isOld(heartbeat({ uptime: 259_201 }))).toMatch(/its limit is 259200 s/);
});

const worse = { tps: 80, cpu: 60, memory: 200_000_000, gc: { incremental: 20, full: 1, pauseMS: 50 } };

test('assertBadGC: less throughput with more of everything', () => {
  const isBad = assertBadGC();
  expect(isBad(heartbeat())).toBe(false);
  expect(isBad(heartbeat(worse))).toMatch(/80\.0 requests per second, at its best 100\.0/);
});

test.each<[string, Partial<Heartbeat>]>([
  ['throughput dropped by less than 10 %', { tps: 91 }],
  ['CPU did not grow', { cpu: 50 }],
  ['memory did not grow', { memory: 100_000_000 }],
  ['there are no more collections', { gc: { incremental: 10, full: 0, pauseMS: 20 } }],
  ['it idles', { tps: 2 }],
])('assertBadGC: not when %s', (_what, change) => {
  const isBad = assertBadGC();
  isBad(heartbeat());
  expect(isBad(heartbeat({ ...worse, ...change }))).toBe(false);
});

test('assertBadGC: an idle first heartbeat is no peak, and peaks are one worker’s own', () => {
  const isBad = assertBadGC();
  isBad(heartbeat({ tps: 1, cpu: 0, memory: 0 }));
  isBad(heartbeat());
  expect(isBad(heartbeat({ ...worse, pid: 2 }))).toBe(false);
  expect(isBad(heartbeat({ ...worse }))).toBeTruthy();
});

test.each([0, Number.NaN, undefined])('defect: falsy tps (%s) made the peak NaN', tps => {
  const isBad = assertBadGC();
  // Its throughput is that of transactions and cycle: 100 per second, then 80.
  isBad(heartbeat({ tps: tps as number }));
  expect(isBad(heartbeat({ ...worse, tps: tps as number, transactions: 400 }))).toMatch(/80\.0 .* best 100\.0/);
  expect(isBad(heartbeat({ tps: tps as number, transactions: 0, cycle: 0 }))).toBe(false);
});

test('defect: peaks[pid] was never freed', () => {
  const isBad = assertBadGC();
  isBad(heartbeat());
  expect(isBad(heartbeat(worse))).toBeTruthy();
  emitter.emit('worker-1-died', { code: 0, signal: null });
  // Another process of the same pid begins anew.
  expect(isBad(heartbeat(worse))).toBe(false);
  emitter.emit('worker-1-died', { code: 0, signal: null });
});

test('what is remembered of a worker goes with it, whatever listeners the application removes', () => {
  const memories = new PerWorker(({ uptime }) => ({ uptime }));
  memories.of(heartbeat({ pid: 7 }));
  memories.of(heartbeat({ pid: 7 }));
  memories.of(heartbeat({ pid: 8 }));
  emitter.removeAllListeners();
  expect(memories.size).toBe(2);
  emitter.emit('worker-7-died', {});
  emitter.emit('worker-8-died', {});
  expect(memories.size).toBe(0);
});

test('and so does the listener for that', () => {
  const client = connect();
  const listen = client.onEvent.bind(client);
  let listeners = 0;
  const counted = (event: string, listener: EventListener) => {
    listeners += 1;
    const end = listen(event, listener);
    return () => {
      listeners -= 1;
      end();
    };
  };
  using _spy = vi.spyOn(client, 'onEvent').mockImplementation(counted as typeof client.onEvent);
  const memories = new PerWorker(({ uptime }) => ({ uptime }));
  memories.of(heartbeat());
  memories.of(heartbeat());
  expect(listeners).toBe(1);
  emitter.emit('worker-1-died', {});
  expect(listeners).toBe(0);
});

test('assertHeap: bytes, or a share of the limit', () => {
  const used = { used: 900, total: 950, limit: 1_000 };
  expect(assertHeap(899)(heartbeat({ heap: used }))).toMatch(/heap/);
  expect(assertHeap(900)(heartbeat({ heap: used }))).toBe(false);
  expect(assertHeap(0.89)(heartbeat({ heap: used }))).toMatch(/heap/);
  expect(assertHeap(0.9)(heartbeat({ heap: used }))).toBe(false);
  expect(() => assertHeap(0)).toThrow(RangeError);
});

test('assertEventLoop: only when it is late so many times in a row', () => {
  const isLate = assertEventLoop(100, 2);
  const late = heartbeat({ eventLoop: { utilization: 1, p50: 50, p99: 101 } });
  expect([late, heartbeat(), late, late].map(beat => Boolean(isLate(beat)))).toEqual([false, false, false, true]);
  expect(() => assertEventLoop(0)).toThrow(RangeError);
  emitter.emit('worker-1-died', {});
});

test('anyOf gives the first reason', () => {
  const none = () => false;
  expect(
    anyOf(
      none,
      () => 'this',
      () => 'that',
    )(heartbeat()),
  ).toBe('this');
  expect(anyOf(none, () => true)(heartbeat())).toBe(true);
  expect(anyOf(none, none)(heartbeat())).toBe(false);
});

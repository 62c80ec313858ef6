import { type Heartbeat, LATENCY_BUCKETS, latencyBucket } from '@troupe/ipc';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GcSampler } from '../src/worker/gc-sampler.ts';
import { Heart, type Work } from '../src/worker/heartbeat.ts';
import { vitalSigns } from '../src/worker/vital-signs.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A worker whose clock and work the test decides on. */
function world() {
  const at = { now: 2_000, cpu: 500, stopped: 0 };
  const work: Work = {
    state: 'ready',
    aliveConnections: 0,
    totalConnections: 0,
    transactions: 0,
    durations: 0,
    latencies: new Float64Array(LATENCY_BUCKETS),
    errors: 0,
    fatal: 0,
  };
  const beats: Heartbeat[] = [];
  const heart = new Heart({
    interval: 1_000,
    signs: {
      now: () => at.now,
      cpu: () => at.cpu,
      memory: () => 7,
      heap: () => ({ used: 1, total: 2, limit: 3 }),
      eventLoop: () => ({ utilization: 0.5, p50: 1, p99: 2 }),
      gc: cycle => ({ incremental: cycle, full: 0, pauseMS: 0 }),
      stop: () => {
        at.stopped += 1;
      },
    },
    work: () => ({ ...work, latencies: work.latencies.slice() }),
    beat: heartbeat => beats.push(heartbeat),
  });
  return { at, work, beats, heart };
}

test('it beats at once, over the time since the process started', () => {
  const { beats } = world();
  expect(beats).toEqual([
    {
      pid: process.pid,
      state: 'ready',
      uptime: 2,
      cycle: 2_000,
      cpu: 25,
      memory: 7,
      heap: { used: 1, total: 2, limit: 3 },
      eventLoop: { utilization: 0.5, p50: 1, p99: 2 },
      gc: { incremental: 2_000, full: 0, pauseMS: 0 },
      aliveConnections: 0,
      totalConnections: 0,
      transactions: 0,
      durations: 0,
      latency: { p50: 0, p95: 0, p99: 0, counts: [] },
      tps: 0,
      totalTransactions: 0,
      totalDurations: 0,
      error: { count: 0, fatal: 0 },
    },
  ]);
});

test('a cycle counts from the beat before, over the time that really passed', () => {
  const { at, work, beats } = world();
  Object.assign(work, { transactions: 30, durations: 90, errors: 2, fatal: 1, totalConnections: 5, state: 'paused' });
  work.latencies[latencyBucket(3)] = 30;
  // The event loop was blocked: the second beat is a second late.
  Object.assign(at, { now: 4_000, cpu: 1_500 });
  vi.advanceTimersByTime(1_000);
  expect(beats[1]).toMatchObject({
    state: 'paused',
    cycle: 2_000,
    cpu: 50,
    transactions: 30,
    durations: 90,
    latency: { counts: [...Array.from({ length: latencyBucket(3) }, () => 0), 30] },
    tps: 15,
    totalTransactions: 30,
    totalDurations: 90,
    totalConnections: 5,
    error: { count: 2, fatal: 1 },
  });
  at.now = 5_000;
  vi.advanceTimersByTime(1_000);
  expect(beats[2]).toMatchObject({
    cpu: 0,
    transactions: 0,
    durations: 0,
    latency: { p50: 0, p95: 0, p99: 0, counts: [] },
    tps: 0,
    totalTransactions: 30,
    totalDurations: 90,
    error: { count: 0, fatal: 0 },
  });
});

test('it stops, and what it measures with', () => {
  const { at, beats, heart } = world();
  heart.stop();
  vi.advanceTimersByTime(10_000);
  expect([beats.length, at.stopped, vi.getTimerCount()]).toEqual([1, 1, 0]);
});

test('collections are observed in a tenth of each cycle, and scaled', () => {
  let now = 0;
  let heard: ((isFull: boolean, pause: number) => void) | undefined;
  const pass = (ms: number) => {
    now += ms;
    vi.advanceTimersByTime(ms);
  };
  const sampler = new GcSampler(
    1_000,
    collected => {
      heard = collected;
      return () => {
        heard = undefined;
      };
    },
    () => now,
  );
  expect(sampler.sample(5_000)).toEqual({ incremental: 0, full: 0, pauseMS: 0 });
  pass(50);
  heard?.(false, 2);
  heard?.(true, 10);
  pass(50);
  expect(heard).toBeUndefined();
  pass(900);
  expect(sampler.sample(1_000)).toEqual({ incremental: 10, full: 10, pauseMS: 120 });
  // Nothing of the cycle before is left.
  pass(1_000);
  expect(sampler.sample(1_000)).toEqual({ incremental: 0, full: 0, pauseMS: 0 });
  sampler.stop();
  expect([heard, vi.getTimerCount()]).toEqual([undefined, 0]);
});

test('a blocked event loop ends the observation late: what it saw counts for as long as it took', () => {
  let now = 0;
  let heard = (_isFull: boolean, _pause: number) => {};
  const observe = (collected: typeof heard) => {
    heard = collected;
    return () => {};
  };
  const sampler = new GcSampler(1_000, observe, () => now);
  sampler.sample(0);
  heard(false, 5);
  now = 2_000;
  expect(sampler.sample(2_000)).toEqual({ incremental: 1, full: 0, pauseMS: 5 });
  sampler.stop();
});

test('the signs of this process', async () => {
  vi.useRealTimers();
  const signs = vitalSigns(10_000, true);
  // The delay is the time between two looks: the first must have been.
  await new Promise(resolve => setTimeout(resolve, 60));
  signs.gc(1);
  const kept: unknown[] = [];
  const until = performance.now() + 200;
  while (performance.now() < until) kept.push(new Array(1_000).fill(kept.length));
  await new Promise(resolve => setTimeout(resolve, 100));
  const { used, total, limit } = signs.heap();
  expect(used).toBeGreaterThan(1_000_000);
  expect(total).toBeGreaterThanOrEqual(used);
  expect(limit).toBeGreaterThan(total);
  expect(signs.memory()).toBeGreaterThan(used / 2);
  expect(signs.cpu()).toBeGreaterThan(100);
  const { utilization, p50, p99 } = signs.eventLoop();
  expect(utilization).toBeGreaterThan(0);
  expect(p99).toBeGreaterThan(100);
  expect(p50).toBeLessThan(p99);
  expect(signs.gc(300).incremental).toBeGreaterThan(0);
  signs.stop();
});

test('without gc.monitor nothing is observed', () => {
  const signs = vitalSigns(1_000, false);
  expect(signs.gc(1_000)).toEqual({ incremental: 0, full: 0, pauseMS: 0 });
  signs.stop();
});

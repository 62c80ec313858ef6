import { expect, test } from 'vitest';
import {
  addCounts,
  LATENCY_BOUNDS,
  LATENCY_BUCKETS,
  LATENCY_PARTS,
  latencyBucket,
  percentiles,
} from '../src/latency.ts';

function countsOf(times: readonly number[]): Float64Array {
  const counts = new Float64Array(LATENCY_BUCKETS);
  for (const ms of times) counts[latencyBucket(ms)] = (counts[latencyBucket(ms)] ?? 0) + 1;
  return counts;
}

/** What sorting all of them would say. */
function exact(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}

/** Reproducible, from 0 to 1. */
function random(): () => number {
  let seed = 42;
  return () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}

test('a bound belongs to the bucket below it, as in a histogram of Prometheus', () => {
  for (const [index, bound] of LATENCY_BOUNDS.entries()) {
    expect(latencyBucket(bound)).toBe((index + 1) * LATENCY_PARTS - 1);
    expect(latencyBucket(bound * (1 + Number.EPSILON))).toBe((index + 1) * LATENCY_PARTS);
  }
  expect([latencyBucket(0), latencyBucket(1e9)]).toEqual([0, LATENCY_BUCKETS - 1]);
});

test('percentiles are off by a fifth at most, or by an eighth of a millisecond', () => {
  const next = random();
  for (const scale of [0.1, 1, 7, 60, 800]) {
    const times = Array.from({ length: 5_000 }, () => Math.min(9_000, -Math.log(next()) * scale));
    const { p50, p95, p99 } = percentiles(countsOf(times));
    for (const [share, found] of [
      [0.5, p50],
      [0.95, p95],
      [0.99, p99],
    ] as const) {
      const truth = exact(times, share);
      expect(Math.abs(found - truth)).toBeLessThan(Math.max(truth / 5, 1 / LATENCY_PARTS));
    }
  }
});

test('without requests they are zero, and what lies above all bounds is said to be at the last', () => {
  expect(percentiles([])).toEqual({ p50: 0, p95: 0, p99: 0 });
  expect(percentiles(countsOf([60_000]))).toEqual({ p50: 10_000, p95: 10_000, p99: 10_000 });
});

test('what several have counted is added up: the slow one of two workers is seen, as it is not in an average', () => {
  const fast = Array.from({ length: 900 }, () => 2);
  const slow = Array.from({ length: 100 }, () => 400);
  const both = new Float64Array(LATENCY_BUCKETS);
  for (const times of [fast, slow]) addCounts(both, countsOf(times));
  const { p50, p95, p99 } = percentiles(both);
  expect(p50).toBeLessThan(2.5);
  expect([p95, p99].every(ms => ms > 250)).toBe(true);
  expect(both).toEqual(countsOf([...fast, ...slow]));
});

/**
 * How long requests took, counted in buckets: cheap to add to, and what several workers have counted can be added up, as
 * percentiles cannot. Each process that counts or reads uses the same buckets.
 */

/** Upper bounds of what `/metrics` shows, ms; above the last there is one more. */
export const LATENCY_BOUNDS: readonly number[] = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
/**
 * Each bucket is divided evenly into so many: a percentile is then off by a fifth at most, or by an eighth of a millisecond.
 * A power of two, so that nothing is rounded over a bound.
 */
export const LATENCY_PARTS = 8;
/** How many counts there are. */
export const LATENCY_BUCKETS = LATENCY_BOUNDS.length * LATENCY_PARTS + 1;

/** How long the fastest 50, 95 and 99 % of some requests took at most, ms. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

const lows = Float64Array.from([0, ...LATENCY_BOUNDS.slice(0, -1)]);
const highs = Float64Array.from(LATENCY_BOUNDS);
const partsPerMs = highs.map((high, index) => LATENCY_PARTS / (high - (lows[index] as number)));

/** Where to count a request that took so long. Half of all requests need one comparison; each request comes by here. */
export function latencyBucket(ms: number): number {
  let index = 0;
  while (index < highs.length && ms > (highs[index] as number)) index += 1;
  if (index === highs.length) return LATENCY_BUCKETS - 1;
  const part = Math.trunc((ms - (lows[index] as number)) * (partsPerMs[index] as number));
  return index * LATENCY_PARTS + Math.min(part, LATENCY_PARTS - 1);
}

/**
 * Of those that were counted; zeros when there are none. Within a bucket they are taken to lie evenly; above the last bound
 * nothing is known but that.
 * @param counts by {@link latencyBucket}; those at the end that are zero may be missing
 */
export function percentiles(counts: ArrayLike<number>): Percentiles {
  let total = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) total += counts[bucket] ?? 0;
  return {
    p50: percentile(counts, 0.5 * total),
    p95: percentile(counts, 0.95 * total),
    p99: percentile(counts, 0.99 * total),
  };
}

/** Adds what one has counted to `sum`; each of its requests counts for `weight`. */
export function addCounts(sum: Float64Array, counts: ArrayLike<number>, weight = 1): void {
  for (let bucket = 0; bucket < Math.min(counts.length, sum.length); bucket++) {
    sum[bucket] = (sum[bucket] ?? 0) + (counts[bucket] ?? 0) * weight;
  }
}

function percentile(counts: ArrayLike<number>, rank: number): number {
  if (rank === 0) return 0;
  let below = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && below + count >= rank)
      return bound(bucket) + (bound(bucket + 1) - bound(bucket)) * ((rank - below) / count);
    below += count;
  }
  return bound(counts.length);
}

/** Where a bucket begins; the one after the last begins where the last does. */
function bound(bucket: number): number {
  const index = Math.trunc(bucket / LATENCY_PARTS);
  const high = LATENCY_BOUNDS[index];
  const low = LATENCY_BOUNDS[index - 1] ?? 0;
  return high === undefined ? low : low + ((high - low) * (bucket % LATENCY_PARTS)) / LATENCY_PARTS;
}

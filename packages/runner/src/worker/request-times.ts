import {
  addCounts,
  LATENCY_BOUNDS,
  LATENCY_BUCKETS,
  LATENCY_PARTS,
  latencyBucket,
  type MetricFamily,
  type MetricSample,
} from '@troupe/ipc';

/** By the first digit of the status; in place of 0 what ended before an answer began. */
const CLASSES = ['aborted', '1xx', '2xx', '3xx', '4xx', '5xx'];
const FAILED = 5;
const MS_PER_SECOND = 1_000;

/**
 * How long requests took, by the class of their answer: counted once, for what `/metrics` shows as a histogram and for the
 * percentiles of heartbeats.
 */
export class RequestTimes {
  /** Class by class, each bucket's own count. */
  readonly #counts = new Float64Array(CLASSES.length * LATENCY_BUCKETS);
  /** ms. */
  readonly #sums = new Float64Array(CLASSES.length);

  /** @param status 0 when there was no answer */
  add(status: number, ms: number): void {
    const row = status >= 100 && status < 600 ? Math.trunc(status / 100) : 0;
    const at = row * LATENCY_BUCKETS + latencyBucket(ms);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sums[row] = (this.#sums[row] ?? 0) + ms;
  }

  get count(): number {
    return sum(this.#counts);
  }

  /** ms. */
  get total(): number {
    return sum(this.#sums);
  }

  /** Those that were answered with a status of 500 or more. */
  get failed(): number {
    return sum(this.#row(FAILED));
  }

  /** How many there were in each bucket, whatever their answer. */
  get counts(): Float64Array {
    const counts = new Float64Array(LATENCY_BUCKETS);
    for (const row of CLASSES.keys()) addCounts(counts, this.#row(row));
    return counts;
  }

  histogram(): MetricFamily {
    const name = 'troupe_http_request_duration_seconds';
    return {
      name,
      help: 'How long requests took until their response was closed, by the class of its status.',
      type: 'histogram',
      aggregator: 'sum',
      values: CLASSES.flatMap((status, row) => this.#samples(name, status, row)),
    };
  }

  #row(row: number): Float64Array {
    return this.#counts.subarray(row * LATENCY_BUCKETS, (row + 1) * LATENCY_BUCKETS);
  }

  #samples(name: string, status: string, row: number): MetricSample[] {
    const counts = this.#row(row);
    const count = sum(counts);
    if (count === 0) return [];
    const buckets = [...LATENCY_BOUNDS, Number.POSITIVE_INFINITY].map((bound, index) => {
      const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : bound / MS_PER_SECOND;
      const value = sum(counts.subarray(0, (index + 1) * LATENCY_PARTS));
      return { metricName: `${name}_bucket`, labels: { le, status }, value };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { status }, value: (this.#sums[row] ?? 0) / MS_PER_SECOND },
      { metricName: `${name}_count`, labels: { status }, value: count },
    ];
  }
}

const sum = (numbers: Float64Array) => numbers.reduce((total, number) => total + number, 0);

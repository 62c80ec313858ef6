import type { MetricFamily, MetricSample } from '@troupe/ipc';

/** Upper bounds of the buckets, ms. Half of all requests need one comparison. */
const BOUNDS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
const BUCKETS = BOUNDS.length + 1;
/** By the first digit of the status; in place of 0 what ended before an answer began. */
const CLASSES = ['aborted', '1xx', '2xx', '3xx', '4xx', '5xx'];
const FAILED = 5;
const MS_PER_SECOND = 1_000;

/** How long requests took, by the class of their answer: what `/metrics` shows as a histogram. */
export class RequestTimes {
  /** Class by class, each bucket's own count. */
  readonly #counts = new Float64Array(CLASSES.length * BUCKETS);
  /** ms. */
  readonly #sums = new Float64Array(CLASSES.length);

  /** @param status 0 when there was no answer */
  add(status: number, ms: number): void {
    const row = status >= 100 && status < 600 ? Math.trunc(status / 100) : 0;
    let bucket = 0;
    while (ms > (BOUNDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    const at = row * BUCKETS + bucket;
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
    return this.#counts.subarray(row * BUCKETS, (row + 1) * BUCKETS);
  }

  #samples(name: string, status: string, row: number): MetricSample[] {
    const counts = this.#row(row);
    const count = sum(counts);
    if (count === 0) return [];
    let below = 0;
    const buckets = [...counts].map((own, bucket) => {
      const bound = BOUNDS[bucket];
      below += own;
      const le = bound === undefined ? '+Inf' : bound / MS_PER_SECOND;
      return { metricName: `${name}_bucket`, labels: { le, status }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { status }, value: (this.#sums[row] ?? 0) / MS_PER_SECOND },
      { metricName: `${name}_count`, labels: { status }, value: count },
    ];
  }
}

const sum = (numbers: Float64Array) => numbers.reduce((total, number) => total + number, 0);

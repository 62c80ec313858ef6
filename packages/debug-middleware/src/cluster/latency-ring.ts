import { addCounts, LATENCY_BUCKETS, type Percentiles, percentiles } from '@troupe/ipc';

/** How long the requests of all workers took, slot by slot; the oldest slot makes room for a new one. */
export class LatencyRing {
  readonly #slots: number;
  readonly #counts: Float64Array;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(slots: number) {
    this.#slots = slots;
    this.#counts = new Float64Array(slots * LATENCY_BUCKETS);
  }

  /** @param weight what each of these requests counts for */
  add(slot: number, counts: readonly number[], weight: number): void {
    this.#advanceTo(slot);
    if (this.#holds(slot)) addCounts(this.#row(slot), counts, weight);
  }

  /** null when nobody answered anything. */
  of(slot: number): Percentiles | null {
    const counts = this.#holds(slot) ? this.#row(slot) : [];
    return counts.some(count => count > 0) ? percentiles(counts) : null;
  }

  #advanceTo(slot: number): void {
    if (slot - this.#newest >= this.#slots) this.#counts.fill(0);
    else for (let each = this.#newest + 1; each <= slot; each++) this.#row(each).fill(0);
    this.#newest = Math.max(this.#newest, slot);
  }

  #holds(slot: number): boolean {
    return slot <= this.#newest && slot > this.#newest - this.#slots;
  }

  #row(slot: number): Float64Array {
    const start = (slot % this.#slots) * LATENCY_BUCKETS;
    return this.#counts.subarray(start, start + LATENCY_BUCKETS);
  }
}

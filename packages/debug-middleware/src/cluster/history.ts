import { addCounts, type Heartbeat, LATENCY_BUCKETS, type Percentiles, percentiles } from '@troupe/ipc';
import { type HistoryView, METRICS, type Metric } from '../view.ts';
import { LatencyRing } from './latency-ring.ts';

/** Length of a slot, ms. */
export const STEP = 5_000;
/** 15 minutes. */
export const SLOTS = 180;
/** Workers that are remembered; a cluster whose workers keep dying has many. */
const MAX_WORKERS = 512;

/** What one worker said in the last 15 minutes. */
interface Track {
  readonly pid: number;
  last: Heartbeat;
  heardAt: number;
  /** The slot of the last beat, counted from the epoch. */
  newest: number;
  /** A ring of slots for each metric; NaN where nothing is known. */
  readonly values: Float64Array;
  /** How many beats a slot has the mean of. */
  readonly beats: Uint16Array;
  /** How long the requests took that a slot has the percentiles of. */
  readonly latencies: Float64Array;
  /** Which slot that is. */
  latencySlot: number;
}

/** The last 15 minutes of every worker, also of those that have died, so that a page that is opened now is not empty. */
export class History {
  readonly #tracks = new Map<number, Track>();
  readonly #latencies = new LatencyRing(SLOTS);
  /** The oldest slot that has changed since {@link changes} was asked for. */
  #changedFrom = Number.POSITIVE_INFINITY;

  /** @param at when it was heard, ms since the epoch */
  record(beat: Heartbeat, at: number): void {
    const slot = Math.floor(at / STEP);
    const track = this.#trackOf(beat, at, slot);
    for (; track.newest < slot; ) this.#clear(track, ++track.newest);
    // A beat speaks for its whole cycle, however long that was.
    const from = Math.min(Math.max(Math.floor((at - beat.cycle) / STEP) + 1, slot - SLOTS + 1), slot);
    const weight = 1 / (slot - from + 1);
    for (let each = from; each <= slot; each++) {
      add(track, each, beat);
      addLatencies(track, each, beat, weight);
      this.#latencies.add(each, beat.latency.counts, weight);
    }
    this.#changedFrom = Math.min(this.#changedFrom, from);
  }

  /** What this worker said last, and when. */
  last(pid: number): { beat: Heartbeat; heardAt: number } | undefined {
    const track = this.#tracks.get(pid);
    return track && { beat: track.last, heardAt: track.heardAt };
  }

  /** A metric of one worker, the latest last. */
  trend(pid: number, metric: Metric, at: number, slots: number): (number | null)[] {
    const track = this.#tracks.get(pid);
    const end = Math.floor(at / STEP) + 1;
    return track === undefined ? [] : row(track, indexOf(metric), end - slots, end);
  }

  /** Everything that is known. */
  whole(at: number): HistoryView {
    const end = Math.floor(at / STEP) + 1;
    return this.#view(end - SLOTS, end);
  }

  /** The slots that have changed since the last time. */
  changes(at: number): HistoryView | undefined {
    const end = Math.floor(at / STEP) + 1;
    const from = Math.max(this.#changedFrom, end - SLOTS);
    this.#changedFrom = Number.POSITIVE_INFINITY;
    return from < end ? this.#view(from, end) : undefined;
  }

  #view(from: number, end: number): HistoryView {
    const workers = [...this.#tracks.values()]
      .filter(({ newest }) => newest >= from)
      .map(track => ({ pid: track.pid, rows: METRICS.map((_, metric) => row(track, metric, from, end)) }));
    return { step: STEP, first: from * STEP, total: this.#totals(workers, from, end), workers };
  }

  #totals(workers: HistoryView['workers'], from: number, end: number): (number | null)[][] {
    const slots = Array.from({ length: end - from }, (_, index) => index);
    const latencies = slots.map(index => this.#latencies.of(from + index));
    return METRICS.map(({ name, total }, metric) =>
      total === 'all'
        ? latencies.map(latency => latency && rounded(latency[name]))
        : slots.map(index =>
            combine(
              total,
              workers.map(({ rows }) => rows[metric]?.[index] ?? null),
            ),
          ),
    );
  }

  #trackOf(beat: Heartbeat, at: number, slot: number): Track {
    const known = this.#tracks.get(beat.pid);
    if (known) {
      known.last = beat;
      known.heardAt = at;
      return known;
    }
    this.#makeRoom(slot);
    const values = new Float64Array(METRICS.length * SLOTS).fill(Number.NaN);
    const track = {
      pid: beat.pid,
      last: beat,
      heardAt: at,
      newest: slot,
      values,
      beats: new Uint16Array(SLOTS),
      latencies: new Float64Array(LATENCY_BUCKETS),
      latencySlot: slot,
    };
    this.#tracks.set(beat.pid, track);
    return track;
  }

  /** Forgets those that have been silent for 15 minutes, and the oldest when there are too many. */
  #makeRoom(slot: number): void {
    for (const { pid, newest } of this.#tracks.values()) if (newest <= slot - SLOTS) this.#tracks.delete(pid);
    const [oldest] = this.#tracks.keys();
    if (this.#tracks.size >= MAX_WORKERS && oldest !== undefined) this.#tracks.delete(oldest);
  }

  #clear(track: Track, slot: number): void {
    track.beats[slot % SLOTS] = 0;
    for (let metric = 0; metric < METRICS.length; metric++) track.values[place(metric, slot)] = Number.NaN;
  }
}

const place = (metric: number, slot: number): number => metric * SLOTS + (slot % SLOTS);
const indexOf = (metric: Metric): number => METRICS.findIndex(({ name }) => name === metric);

/** A slot has the mean of its beats. */
function add(track: Track, slot: number, beat: Heartbeat): void {
  const beats = (track.beats[slot % SLOTS] ?? 0) + 1;
  track.beats[slot % SLOTS] = beats;
  for (const [metric, { name }] of METRICS.entries()) {
    if (isPercentile(name)) continue;
    const at = place(metric, slot);
    const before = beats === 1 ? 0 : (track.values[at] ?? 0);
    track.values[at] = before + (measure(beat, name) - before) / beats;
  }
}

/** The percentiles are those of all requests of a slot: those of its beats have no mean. */
function addLatencies(track: Track, slot: number, { latency }: Heartbeat, weight: number): void {
  if (track.latencySlot !== slot) track.latencies.fill(0);
  track.latencySlot = slot;
  addCounts(track.latencies, latency.counts, weight);
  if (!track.latencies.some(count => count > 0)) return;
  const found = percentiles(track.latencies);
  for (const name of PERCENTILES) track.values[place(indexOf(name), slot)] = found[name];
}

const PERCENTILES = ['p50', 'p95', 'p99'] as const satisfies (Metric & keyof Percentiles)[];
const isPercentile = (metric: Metric): metric is keyof Percentiles => PERCENTILES.some(name => name === metric);

function measure(beat: Heartbeat, metric: Exclude<Metric, keyof Percentiles>): number {
  switch (metric) {
    case 'tps':
    case 'cpu':
    case 'memory':
      return beat[metric];
    case 'errors':
      return beat.cycle === 0 ? 0 : (beat.error.count * 1_000) / beat.cycle;
    case 'heap':
      return beat.heap.used;
    case 'delay':
      return beat.eventLoop.p99;
    case 'connections':
      return beat.aliveConnections;
  }
}

function row(track: Track, metric: number, from: number, end: number): (number | null)[] {
  return Array.from({ length: end - from }, (_, index) => {
    const slot = from + index;
    const isKnown = slot <= track.newest && slot > track.newest - SLOTS;
    const value = isKnown ? track.values[place(metric, slot)] : undefined;
    return value === undefined || Number.isNaN(value) ? null : rounded(value);
  });
}

/** null where nothing is known of any. */
function combine(how: 'sum' | 'max', values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  if (known.length === 0) return null;
  if (how === 'max') return Math.max(...known);
  return Number(known.reduce((sum, value) => sum + value, 0).toPrecision(6));
}

const rounded = (value: number): number => Number(value.toPrecision(4));

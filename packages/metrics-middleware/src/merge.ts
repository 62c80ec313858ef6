import type { MetricFamily, MetricSample } from '@troupe/ipc';
import { ExactSum } from './exact-sum.ts';

/** The values that several processes have under the same labels. */
interface Values {
  readonly sample: MetricSample;
  readonly sum: ExactSum;
  count: number;
  min: number;
  max: number;
}
interface Merged {
  readonly family: MetricFamily;
  readonly values: Map<string, Values>;
}

/** Makes one family of those that have the same name in several processes, each value by the family's aggregator. */
export class Merge {
  readonly #families = new Map<string, Merged>();

  /** What contradicts what was added before, by its type, is left out. */
  add(families: Iterable<MetricFamily>): void {
    for (const family of families) {
      if (family.aggregator === 'omit') continue;
      const merged = this.#families.get(family.name) ?? { family, values: new Map() };
      this.#families.set(family.name, merged);
      if (merged.family.type === family.type) for (const sample of shown(family)) addSample(merged.values, sample);
    }
  }

  /** To which more can be added without changing this one. */
  copy(): Merge {
    const copy = new Merge();
    for (const [name, { family, values }] of this.#families) {
      const copies = Array.from(values, ([key, one]) => [key, { ...one, sum: one.sum.copy() }] as const);
      copy.#families.set(name, { family, values: new Map(copies) });
    }
    return copy;
  }

  result(): MetricFamily[] {
    return Array.from(this.#families.values(), ({ family, values }) => ({
      ...family,
      values: Array.from(values.values(), one => ({ ...one.sample, value: AGGREGATORS[family.aggregator](one) })),
    }));
  }
}

const AGGREGATORS: Record<MetricFamily['aggregator'], (values: Values) => number> = {
  sum: ({ sum }) => sum.value,
  average: ({ sum, count }) => sum.value / count,
  min: ({ min }) => min,
  max: ({ max }) => max,
  first: ({ sample }) => sample.value,
  omit: () => Number.NaN,
};

/** The quantiles of several processes say nothing of those of all. */
function shown({ type, values }: MetricFamily): MetricSample[] {
  return type === 'summary' ? values.filter(({ labels }) => !('quantile' in labels)) : values;
}

function addSample(values: Map<string, Values>, sample: MetricSample): void {
  const { value } = sample;
  const key = keyOf(sample);
  const before = values.get(key);
  if (before === undefined) {
    values.set(key, { sample, sum: new ExactSum().add(value), count: 1, min: value, max: value });
    return;
  }
  before.sum.add(value);
  before.count += 1;
  before.min = Math.min(before.min, value);
  before.max = Math.max(before.max, value);
}

/** The same for the same labels, in whichever order they were given. */
function keyOf({ metricName, labels }: MetricSample): string {
  const names = Object.keys(labels).sort();
  return JSON.stringify([metricName, ...names.map(name => [name, String(labels[name])])]);
}

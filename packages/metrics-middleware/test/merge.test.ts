import type { MetricFamily } from '@troupe/ipc';
import fc from 'fast-check';
import promClient from 'prom-client';
import { describe, expect, it } from 'vitest';
import { Merge } from '../src/merge.ts';
import { counter, family } from './families.ts';

function merged(...processes: MetricFamily[][]): MetricFamily[] {
  const merge = new Merge();
  for (const families of processes) merge.add(families);
  return merge.result();
}

describe('the metrics of several processes', () => {
  it('are merged as prom-client merges those of a cluster', async () => {
    const names = fc.constantFrom('a', 'b');
    const one = fc.record({
      name: names,
      values: fc.uniqueArray(fc.tuple(names, fc.integer({ min: -1_000, max: 1_000 })), {
        selector: ([label]) => label,
      }),
    });
    const processes = fc.array(fc.uniqueArray(one, { selector: ({ name }) => name }), { minLength: 1, maxLength: 4 });
    const aggregators = fc.constantFrom('sum', 'average', 'min', 'max', 'first', 'omit' as const);
    await fc.assert(
      fc.asyncProperty(processes, aggregators, async (all, aggregator) => {
        const families = all.map(process =>
          process.map(({ name, values }) =>
            family(
              name,
              'gauge',
              values.map(([label, value]) => [{ label, z: 1 }, value]),
              aggregator,
            ),
          ),
        );
        const theirs = await promClient.AggregatorRegistry.aggregate(families).getMetricsAsJSON();
        expect(merged(...families)).toEqual(theirs);
      }),
    );
  });

  it('have one value for the same labels, in whichever order they were given', () => {
    const [a, b] = [counter('c', 1, { x: '1', y: 2 }), counter('c', 2, { y: '2', x: 1 })];
    expect(merged([a], [b])).toEqual([counter('c', 3, { x: '1', y: 2 })]);
  });

  it('do not mix what only looks the same', () => {
    const [a, b] = [counter('c', 1, { x: '1,2' }), counter('c', 2, { x: '1', y: '2' })];
    expect(merged([a], [b])[0]?.values).toHaveLength(2);
  });

  it('leave out what contradicts the first by its type', () => {
    expect(merged([counter('c', 1)], [family('c', 'gauge', [[{}, 5]])], [counter('c', 2)])).toEqual([counter('c', 3)]);
  });

  it('have sums and counts of summaries, and no quantiles: those of all cannot be told from those of each', () => {
    const summary = family('s', 'summary', [
      [{ quantile: 0.5 }, 7],
      [{}, 10, 's_sum'],
      [{}, 2, 's_count'],
    ]);
    expect(merged([summary], [summary])).toEqual([
      family('s', 'summary', [
        [{}, 20, 's_sum'],
        [{}, 4, 's_count'],
      ]),
    ]);
  });
});

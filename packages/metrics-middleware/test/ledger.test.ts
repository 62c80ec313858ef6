import type { MetricFamily } from '@troupe/ipc';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ledger } from '../src/ledger.ts';
import { counter, family } from './families.ts';

function total(ledger: Ledger): MetricFamily[] {
  const { dead, living } = ledger.snapshot();
  for (const families of living) dead.add(families);
  return dead.result();
}

it('keeps what the dead had counted, and forgets what they had', () => {
  const ledger = new Ledger();
  ledger.report(1, [counter('jobs', 3), family('memory', 'gauge', [[{}, 100]])]);
  ledger.report(2, [counter('jobs', 4), family('memory', 'gauge', [[{}, 50]])]);
  ledger.left(1);
  expect(total(ledger)).toEqual([counter('jobs', 7), family('memory', 'gauge', [[{}, 50]])]);
  ledger.left(2);
  expect(total(ledger)).toEqual([counter('jobs', 7)]);
});

it('takes what is told anew in place of what was told before, family by family', () => {
  const ledger = new Ledger();
  ledger.report(1, [counter('jobs', 3), counter('errors', 1)]);
  ledger.report(1, [counter('jobs', 5)]);
  expect(total(ledger)).toEqual([counter('jobs', 5), counter('errors', 1)]);
});

it('tells what nothing changes any more', () => {
  const ledger = new Ledger();
  ledger.report(1, [counter('jobs', 3)]);
  const { dead, living } = ledger.snapshot();
  ledger.report(1, [counter('jobs', 9)]);
  ledger.left(1);
  expect({ dead: dead.result(), living }).toEqual({ dead: [], living: [[counter('jobs', 3)]] });
});

it('never lets a counter fall, whatever is told and whoever dies', () => {
  const pid = fc.integer({ min: 1, max: 4 });
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ pid, more: fc.integer({ min: 0, max: 9 }), label: fc.constantFrom('a', 'b') }),
    },
    fc.record({ dies: pid }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const ledger = new Ledger();
      const counts = new Map<string, number>();
      let before = 0;
      let truth = 0;
      for (const each of steps) {
        if ('dies' in each) {
          ledger.left(each.dies);
          for (const label of ['a', 'b']) counts.delete(`${each.dies} ${label}`);
        } else {
          const key = `${each.pid} ${each.label}`;
          truth += each.more;
          counts.set(key, (counts.get(key) ?? 0) + each.more);
          const values = ['a', 'b'].flatMap(label => {
            const count = counts.get(`${each.pid} ${label}`);
            return count === undefined ? [] : [[{ label }, count] as const];
          });
          ledger.report(each.pid, [family('jobs', 'counter', values)]);
        }
        const sum = total(ledger)
          .flatMap(({ values }) => values)
          .reduce((all, { value }) => all + value, 0);
        expect(sum).toBeGreaterThanOrEqual(before);
        expect(sum).toBe(truth);
        before = sum;
      }
    }),
  );
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ExactSum } from '../src/exact-sum.ts';

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum.add(number), new ExactSum()).value;

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 });

it('is the same in whichever order the numbers come', () => {
  expect([0.1, 0.2, 0.3].reduce((a, b) => a + b)).not.toBe([0.3, 0.2, 0.1].reduce((a, b) => a + b));
  expect(sumOf([0.1, 0.2, 0.3])).toBe(sumOf([0.3, 0.2, 0.1]));
  const shuffled = fc
    .array(number)
    .chain(numbers => fc.tuple(fc.constant(numbers), fc.shuffledSubarray(numbers, { minLength: numbers.length })));
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      expect(sumOf(one)).toBe(sumOf(other));
    }),
  );
});

it('does not fall when a part of it grows', () => {
  const positive = fc.double({ noNaN: true, min: 0, max: 1e100 });
  fc.assert(
    fc.property(fc.array(positive), positive, (numbers, more) => {
      expect(sumOf([...numbers, more])).toBeGreaterThanOrEqual(sumOf(numbers));
    }),
  );
});

it('is the nearest number to the true sum', () => {
  expect(sumOf(Array(10).fill(0.1))).toBe(1);
  expect(sumOf([1e100, 1, -1e100])).toBe(1);
  // A half of the last bit, and a little more: up. Without the little: to the even one.
  expect(sumOf([2 ** 53, 1, 1e-30])).toBe(2 ** 53 + 2);
  expect(sumOf([2 ** 53, 1])).toBe(2 ** 53);
  expect(sumOf([])).toBe(0);
});

it('takes infinities and what is no number as usual', () => {
  expect(sumOf([1, Number.POSITIVE_INFINITY, 2])).toBe(Number.POSITIVE_INFINITY);
  expect(sumOf([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBeNaN();
  expect(sumOf([1, Number.NaN])).toBeNaN();
});

it('is copied as it is', () => {
  const sum = new ExactSum().add(1e100).add(1);
  const copy = sum.copy().add(-1e100);
  expect([sum.value, copy.value]).toEqual([1e100, 1]);
});

import { expect, it } from 'vitest';
import { isLinearizable, type Recorded } from './linearizability.ts';

const done = { value: null, result: undefined, state: 'done' } as const;
const set = (value: number, begun: number, ended: number): Recorded => ({ ...done, type: 'set', value, begun, ended });
const get = (result: number | null, begun: number, ended: number): Recorded => ({
  ...done,
  type: 'get',
  result,
  begun,
  ended,
});

it('a read may see a write that runs beside it, or not', () => {
  expect(isLinearizable([set(1, 0, 10), get(null, 1, 9)])).toBe(true);
  expect(isLinearizable([set(1, 0, 10), get(1, 1, 9)])).toBe(true);
});

it('a read must see a write that ended before it began', () => {
  expect(isLinearizable([set(1, 0, 1), get(null, 2, 3)])).toBe(false);
});

it('two reads one after the other do not see the new value and then the old one', () => {
  expect(isLinearizable([set(1, 0, 1), set(2, 2, 10), get(2, 3, 4), get(1, 5, 6)])).toBe(false);
});

it('what is lost may happen at any time after it began, or never', () => {
  const lost: Recorded = { ...set(1, 5, Number.POSITIVE_INFINITY), state: 'lost' };
  expect(isLinearizable([lost, get(null, 6, 7), get(1, 8, 9)])).toBe(true);
  expect(isLinearizable([lost, get(null, 6, 7)])).toBe(true);
  expect(isLinearizable([lost, get(1, 1, 2)])).toBe(false);
});

it('a hundred thousand operations are no deeper a search than ten', () => {
  const turns = Array.from({ length: 50_000 }, (_, i) => [set(i, 4 * i, 4 * i + 1), get(i, 4 * i + 2, 4 * i + 3)]);
  expect(isLinearizable(turns.flat())).toBe(true);
  expect(isLinearizable([...turns.flat(), get(-1, 300_000, 300_001)])).toBe(false);
});

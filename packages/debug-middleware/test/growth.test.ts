import type { Census } from '@troupe/ipc';
import { expect, test } from 'vitest';
import { growingClasses } from '../src/autopsy/growth.ts';

const census = (counts: Record<string, number>): Census => ({
  objects: 0,
  classes: Object.entries(counts).map(([name, count]) => ({ name, count })),
  collections: [],
});

test('what an old process has many more of, the most first', () => {
  const old = census({ Session: 5_000, Row: 9_000, Same: 400 });
  const young = census({ Session: 10, Row: 0, Same: 390 });
  expect(growingClasses(old, young)).toEqual([
    { name: 'Row', count: 9_000, young: 0 },
    { name: 'Session', count: 5_000, young: 10 },
  ]);
});

test('a class of somebody’s comes before what comes with each of its objects', () => {
  const old = census({ Array: 12_000, Function: 11_000, '{id, at}': 10_000, Session: 10_000 });
  expect(growingClasses(old, census({})).map(({ name }) => name)).toEqual(['Session', '{id, at}', 'Array', 'Function']);
});

test('few more, and less than twice as many, are how it is when it works', () => {
  expect(growingClasses(census({ A: 90, B: 190 }), census({ B: 100 }))).toEqual([]);
});

test('with nothing to compare with, all that there is counts', () => {
  expect(growingClasses(census({ A: 100 }), undefined)).toEqual([{ name: 'A', count: 100, young: 0 }]);
});

test('no more are told than somebody reads', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`C${n}`, 1_000 + n]));
  expect(growingClasses(census(many), undefined)).toHaveLength(30);
});

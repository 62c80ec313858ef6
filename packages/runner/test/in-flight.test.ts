import { expect, test } from 'vitest';
import { InFlight } from '../src/worker/in-flight.ts';

test('items are told in the order in which they came, whichever left in between', () => {
  const [a, b, c, d] = [{ is: 'a' }, { is: 'b' }, { is: 'c' }, { is: 'd' }];
  const inFlight = new InFlight<object>();
  expect([...inFlight]).toEqual([]);
  for (const item of [a, b, c]) inFlight.enter(item);
  inFlight.leave(b);
  inFlight.enter(d);
  expect([...inFlight]).toEqual([a, c, d]);
  expect(inFlight.size).toBe(3);
  for (const item of [d, a, c]) inFlight.leave(item);
  expect([...inFlight]).toEqual([]);
  expect(inFlight.size).toBe(0);
});

test('what leaves says how long it was there; what was not there says nothing, and changes nothing', () => {
  const item = {};
  const inFlight = new InFlight<object>();
  expect(inFlight.leave(item)).toBeUndefined();
  inFlight.enter(item);
  expect([...inFlight]).toEqual([item]);
  expect(inFlight.leave(item)).toBeGreaterThanOrEqual(0);
  expect(inFlight.leave(item)).toBeUndefined();
  expect([...inFlight]).toEqual([]);
  expect(inFlight.size).toBe(0);
});

test('an item that is in two places leaves each of them alone', () => {
  const item = {};
  const [one, other] = [new InFlight<object>(), new InFlight<object>()];
  one.enter(item);
  other.enter(item);
  one.leave(item);
  expect([...other]).toEqual([item]);
});

test('one that leaves while all are visited ends the visit of no other', () => {
  const items = [{ n: 0 }, { n: 1 }, { n: 2 }];
  const inFlight = new InFlight<{ n: number }>();
  for (const item of items) inFlight.enter(item);
  const seen: number[] = [];
  for (const item of inFlight) {
    seen.push(item.n);
    inFlight.leave(item);
  }
  expect(seen).toEqual([0, 1, 2]);
});

import { expect, it } from 'vitest';
import { PlainCall } from '../src/client/call.ts';
import { CallTable } from '../src/client/call-table.ts';
import { Kind } from '../src/protocol.ts';

const newCall = () => new PlainCall(Kind.get, 1, 0, 'k', true, { reply: () => undefined, fail: () => undefined });

it('finds each call once, under an id that no other has meanwhile, and that is never 0', () => {
  const table = new CallTable();
  const waiting = new Map<number, PlainCall>();
  for (let i = 0; i < 5_000; i++) {
    const call = newCall();
    const id = table.add(call);
    expect(id).toBeGreaterThan(0);
    expect(waiting.has(id)).toBe(false);
    waiting.set(id, call);
    const [other] = [...waiting.keys()].slice((i * 7919) % waiting.size);
    if (i % 3 === 0 || other === undefined) continue;
    expect(table.take(other)).toBe(waiting.get(other));
    expect(table.take(other)).toBeUndefined();
    waiting.delete(other);
  }
  expect(table.size).toBe(waiting.size);
  expect(new Set(table.takeAll())).toEqual(new Set(waiting.values()));
  expect(table.size).toBe(0);
});

it('knows nobody under ids that it has not given', () => {
  const table = new CallTable();
  const id = table.add(newCall());
  for (const other of [0, id + 1, 0xffff_ffff]) expect(table.take(other)).toBeUndefined();
  expect(table.size).toBe(1);
});

it('is small again after many calls', () => {
  const table = new CallTable();
  const ids = Array.from({ length: 70_000 }, () => table.add(newCall()));
  for (const id of ids) table.take(id);
  expect(table.size).toBe(0);
  expect(table.add(newCall())).toBe(1);
});

import { describe, expect, it } from 'vitest';
import { Ledger, MAX_REQUESTS } from '../src/ledger.ts';
import type { Peer } from '../src/roster.ts';

const peer = (pid: number): Peer => ({ pid, role: 'worker', instance: `${pid}`, send: () => undefined });

describe('the ledger of requests', () => {
  const [asker, one, two] = [peer(1), peer(2), peer(3)];

  it('takes one answer of each that was asked, and of nobody else', () => {
    const ledger = new Ledger();
    const entry = ledger.open(asker, 7, new Set([one, two]));
    const id = entry?.id ?? 0;
    expect(ledger.answer(id, asker)).toBeUndefined();
    expect(ledger.answer(id + 1, one)).toBeUndefined();
    expect(ledger.answer(id, one)).toMatchObject({ asker, correlation: 7 });
    expect(ledger.answer(id, one)).toBeUndefined();
    expect(ledger.answer(id, two)).toMatchObject({ asker, correlation: 7 });
    expect(ledger.size).toBe(0);
  });

  it('forgets what is cancelled, and what an asker that left has asked', () => {
    const ledger = new Ledger();
    ledger.open(asker, 1, new Set([one]));
    ledger.cancel(two, 1);
    expect(ledger.size).toBe(1);
    ledger.cancel(asker, 1);
    expect(ledger.size).toBe(0);
    ledger.open(asker, 2, new Set([one, two]));
    expect(ledger.leave(asker)).toEqual([]);
    expect(ledger.size).toBe(0);
    expect(ledger.leave(one)).toEqual([]);
  });

  it('tells what waits for a process that left', () => {
    const ledger = new Ledger();
    ledger.open(asker, 1, new Set([one]));
    ledger.open(asker, 2, new Set([one, two]));
    expect(ledger.leave(one).map(entry => entry.correlation)).toEqual([1, 2]);
    expect(ledger.size).toBe(1);
  });

  it('holds a bounded number of requests of one process', () => {
    const ledger = new Ledger();
    for (let i = 0; i < MAX_REQUESTS; i++) ledger.open(asker, i, new Set([one]));
    expect(ledger.open(asker, MAX_REQUESTS, new Set([one]))).toBeUndefined();
    expect(ledger.open(two, 0, new Set([one]))).toBeDefined();
    ledger.cancel(asker, 0);
    expect(ledger.open(asker, MAX_REQUESTS, new Set([one]))).toBeDefined();
  });
});

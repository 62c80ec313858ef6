import { describe, expect, it, vi } from 'vitest';
import { Recalls } from '../src/manager/recalls.ts';
import type { Flushed, Timer } from '../src/manager/surroundings.ts';
import type { Message } from '../src/protocol.ts';

/** Recalls whose messages, times and unfinished work are here to be looked at. */
function setUp() {
  const sent: Message[] = [];
  const timers: { time: number; timer: Timer }[] = [];
  const unfinished: Flushed[] = [];
  let token = 0;
  const around = {
    quietUntil: 0,
    nextToken: () => ++token,
    at: (time: number, timer: Timer) => void timers.push({ time, timer }),
    afterwards: (what: Flushed) => void unfinished.push(what),
    store: () => undefined,
  };
  const recalls = new Recalls(around, message => sent.push(message));
  const flush = () => {
    for (const each of unfinished.splice(0)) each.flush();
  };
  const keysSent = () => sent.map(({ keys }) => keys);
  return { recalls, sent, timers, flush, keysSent };
}
const waiting = () => ({ dropped: vi.fn() });

describe('recalls', () => {
  it('that come together are one message, answered by one', () => {
    const { recalls, sent, flush } = setUp();
    const waits = ['a', 'b', 'c'].map(key => {
      const each = waiting();
      recalls.add(7, key, 1_000, each);
      return each;
    });
    expect(sent).toEqual([]);
    flush();
    expect(sent).toEqual([expect.objectContaining({ cache: 7, keys: ['a', 'b', 'c'] })]);
    recalls.answer(sent[0]?.token ?? 0, 5);
    for (const { dropped } of waits) expect(dropped).toHaveBeenCalledExactlyOnceWith(5);
  });

  it('an answer counts for those before it, and for none that was sent after it', () => {
    const { recalls, sent, flush } = setUp();
    const [first, second] = [waiting(), waiting()];
    recalls.add(1, 'a', 1_000, first);
    flush();
    recalls.add(1, 'b', 1_000, second);
    flush();
    recalls.answer(sent[0]?.token ?? 0, 1);
    expect(first.dropped).toHaveBeenCalled();
    expect(second.dropped).not.toHaveBeenCalled();
    recalls.answer(sent[1]?.token ?? 0, 2);
    expect(second.dropped).toHaveBeenCalled();
  });

  it('of different caches and leases are messages of their own, and so are very many', () => {
    const { recalls, flush, keysSent } = setUp();
    recalls.add(1, 'a', 1_000, waiting());
    recalls.add(2, 'b', 1_000, waiting());
    recalls.add(2, 'c', 1_500, waiting());
    flush();
    expect(keysSent()).toEqual([['a'], ['b'], ['c']]);
    for (let i = 0; i < 2_000; i++) recalls.add(1, `key ${i}`, 1_500, waiting());
    flush();
    const sizes = keysSent().map(keys => keys?.length ?? 0);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(2_003);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(512);
  });

  it('nobody waits for longer than until the lease ends', () => {
    const { recalls, timers, flush } = setUp();
    const [first, second] = [waiting(), waiting()];
    recalls.add(1, 'a', 1_000, first);
    flush();
    recalls.add(1, 'b', 1_400, second);
    flush();
    expect(timers.map(({ time }) => time)).toEqual([1_000]);
    timers[0]?.timer.due(1_010);
    expect(first.dropped).toHaveBeenCalledWith(1_010);
    expect(second.dropped).not.toHaveBeenCalled();
    expect(timers.map(({ time }) => time)).toEqual([1_000, 1_400]);
    timers[1]?.timer.due(1_400);
    expect(second.dropped).toHaveBeenCalledWith(1_400);
    expect(timers).toHaveLength(2);
  });
});

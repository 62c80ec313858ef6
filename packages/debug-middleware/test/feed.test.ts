import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Source } from '../src/cluster/source.ts';
import { Feed } from '../src/live/feed.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Counts how often it is looked at, and tells that. */
class Counter implements Source<number, number> {
  count = 0;
  look = async (): Promise<number> => ++this.count;
  whole = (): number => this.count;
}

test('it looks while somebody watches, once for all of them, and stops when the last one leaves', async () => {
  const source = new Counter();
  const told: number[] = [];
  const feed = new Feed(source, 1_000, delta => void told.push(delta));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(source.count).toBe(0);
  await Promise.all([feed.watch(), feed.watch()]);
  expect(feed.whole()).toBe(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(told).toEqual([1, 2, 3, 4]);
  feed.unwatch();
  await vi.advanceTimersByTimeAsync(1_000);
  feed.unwatch();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(source.count).toBe(5);
  expect(vi.getTimerCount()).toBe(0);
});

test('it looks at once when it is told that something has changed, and goes on as before', async () => {
  const source = new Counter();
  const told: number[] = [];
  const feed = new Feed(source, 1_000, delta => void told.push(delta));
  feed.refresh();
  await vi.advanceTimersByTimeAsync(0);
  expect(source.count).toBe(0);
  await feed.watch();
  await vi.advanceTimersByTimeAsync(500);
  feed.refresh();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(999);
  expect(told).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual([1, 2, 3]);
  feed.unwatch();
  expect(vi.getTimerCount()).toBe(0);
});

test('a look that is under way knows nothing of a change: another one follows it', async () => {
  let end = () => {};
  let count = 0;
  const look = () => new Promise<number>(resolve => (end = () => resolve(++count)));
  const feed = new Feed({ look, whole: () => count }, 1_000, () => {});
  const watching = feed.watch();
  feed.refresh();
  end();
  await watching;
  await vi.advanceTimersByTimeAsync(0);
  end();
  await vi.advanceTimersByTimeAsync(0);
  expect(count).toBe(2);
  feed.unwatch();
});

test('whoever comes back later is told nothing that is old', async () => {
  const source = new Counter();
  const feed = new Feed(source, 1_000, () => {});
  await feed.watch();
  feed.unwatch();
  await vi.advanceTimersByTimeAsync(60_000);
  await feed.watch();
  expect(feed.whole()).toBe(2);
  feed.unwatch();
});

test('a look that fails is warned of once, and tried again', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  let fails = true;
  const look = async () => {
    if (fails) throw new Error('gone');
    return 'here';
  };
  const told: string[] = [];
  const feed = new Feed({ look, whole: () => '' }, 1_000, delta => void told.push(delta));
  await feed.watch();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(warn).toHaveBeenCalledExactlyOnceWith('The live page does not get what it shows: gone');
  fails = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual(['here']);
  feed.unwatch();
  warn.mockRestore();
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DeadlineList, type Due } from '../src/deadline-list.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const expired: string[] = [];
function newDue(name: string): Due {
  return { dueAt: 0, earlier: undefined, later: undefined, expire: () => expired.push(name) };
}
beforeEach(() => {
  expired.length = 0;
});

it('lets each be late in its turn and its time, with one timer for all', () => {
  const list = new DeadlineList(100);
  const dues = ['a', 'b', 'c', 'd'].map(newDue);
  for (const due of dues) {
    list.add(due, performance.now());
    vi.advanceTimersByTime(20);
  }
  expect(vi.getTimerCount()).toBe(1);
  const [, b] = dues;
  list.remove(b as Due);
  vi.advanceTimersByTime(19);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(expired).toEqual(['a']);
  vi.advanceTimersByTime(38);
  expect(expired).toEqual(['a']);
  vi.advanceTimersByTime(2);
  expect(expired).toEqual(['a', 'c']);
  vi.advanceTimersByTime(20);
  expect(expired).toEqual(['a', 'c', 'd']);
  expect(vi.getTimerCount()).toBe(0);
});

it('a timer of one who has left does not make another late too early', () => {
  const list = new DeadlineList(100);
  const first = newDue('first');
  list.add(first, performance.now());
  vi.advanceTimersByTime(90);
  list.remove(first);
  list.add(newDue('second'), performance.now());
  vi.advanceTimersByTime(99);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(expired).toEqual(['second']);
});

it('keeps the process alive only while somebody is in it', () => {
  const timer = { ref: vi.fn(), unref: vi.fn() };
  vi.stubGlobal('setTimeout', () => timer);
  const list = new DeadlineList(100);
  const due = newDue('a');
  list.add(due, 0);
  expect(timer.unref).not.toHaveBeenCalled();
  list.remove(due);
  expect(timer.unref).toHaveBeenCalledOnce();
  list.add(due, 0);
  expect(timer.ref).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});

it('says when it is empty, and may be added to by one who is late', () => {
  const emptied = vi.fn();
  const list = new DeadlineList(10, emptied);
  list.add({ ...newDue('again'), expire: () => list.add(newDue('second'), performance.now()) }, performance.now());
  vi.advanceTimersByTime(11);
  expect(emptied).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(11);
  expect(expired).toEqual(['second']);
  expect(emptied).toHaveBeenCalledTimes(2);
});

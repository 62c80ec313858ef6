import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LostConnections } from '../src/master/lost-connections.ts';

const warn = vi.fn();
const told = () => warn.mock.calls.map(([sentence]) => sentence);

beforeEach(() => {
  vi.useFakeTimers();
  warn.mockReset();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('what is lost is told after a second, and then every ten seconds, by its reason', () => {
  const lost = new LostConnections({ warn });
  lost.add('EMFILE');
  lost.add('EMFILE');
  lost.add('no worker', 3);
  vi.advanceTimersByTime(1_000);
  expect(told()).toEqual([
    '2 connections were closed without an answer: EMFILE',
    '3 connections were closed without an answer: no worker',
  ]);
  lost.add('EMFILE');
  vi.advanceTimersByTime(9_999);
  expect(warn).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1);
  expect(told().at(-1)).toBe('1 connection was closed without an answer: EMFILE');
  vi.advanceTimersByTime(10_000);
  expect(warn).toHaveBeenCalledTimes(3);
});

test('the end tells what has not been told', () => {
  const lost = new LostConnections({ warn });
  lost.add('EMFILE');
  lost.close();
  expect(warn).toHaveBeenCalledTimes(1);
});

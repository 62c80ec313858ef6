import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Clock, lazily } from '../src/log/lazy.ts';
import { each, type Log } from '../src/log/lines.ts';

const exitListeners = process.listenerCount('exit');
const warned = vi.spyOn(process, 'emitWarning');
const never = new Promise<never>(() => {});
let lines: string[];
let loads: number;

/** Writes when a line was said, and what it says. */
function create(clock: Clock): Log {
  loads += 1;
  return each(level => sentence => lines.push(`${clock.at ?? 'now'} ${level} ${sentence}`));
}

beforeEach(() => {
  vi.useFakeTimers({ now: 5_000 });
  warned.mockReset().mockImplementation(() => {});
  lines = [];
  loads = 0;
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  expect(process.listenerCount('exit')).toBe(exitListeners);
  vi.useRealTimers();
});

test('lines wait for the end of the start, a second at most; each says when it was said', () => {
  const log = lazily(create, never);
  log.info('one');
  vi.advanceTimersByTime(600);
  log.info('two');
  expect(loads).toBe(0);
  vi.advanceTimersByTime(400);
  expect(lines).toEqual(['5000 info one', '5600 info two']);
  log.info('three');
  expect(lines.at(-1)).toBe('now info three');
  expect(loads).toBe(1);
});

test('nothing is loaded for a line that is not told', () => {
  lazily(create, never).debug('detail');
  vi.advanceTimersByTime(10_000);
  expect(loads).toBe(0);
});

test('a warning is written at once, with what was said before', () => {
  const log = lazily(create, never);
  log.info('one');
  log.warn('two');
  expect(lines).toEqual(['5000 info one', '5000 warn two']);
});

test('what cannot be loaded, as where no descriptor is left, is tried again; nothing is lost, and no error ends the process', () => {
  let works = false;
  const log = lazily(clock => {
    if (!works) throw new Error("Cannot find module 'pino'");
    return create(clock);
  }, never);
  log.warn('one');
  vi.advanceTimersByTime(2_500);
  log.error('two');
  expect(lines).toEqual([]);
  expect(warned.mock.calls.map(([text]) => text)).toEqual([expect.stringContaining("Cannot find module 'pino'")]);
  works = true;
  vi.advanceTimersByTime(1_000);
  expect(lines).toEqual(['5000 warn one', '7500 error two']);
});

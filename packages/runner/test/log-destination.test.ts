import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LogDestination } from '../src/log/destination.ts';

const KILOBYTE = `${'x'.repeat(1023)}\n`;

/** A descriptor that takes so many bytes, and then says why it takes no more. */
class Descriptor {
  text = '';
  room = Number.POSITIVE_INFINITY;
  problem = 'ENOSPC';

  readonly write = (bytes: Uint8Array): number => {
    const taken = Math.min(bytes.length, this.room);
    if (taken === 0) throw Object.assign(new Error(`${this.problem}: write`), { code: this.problem });
    this.text += Buffer.from(bytes.subarray(0, taken)).toString();
    this.room -= taken;
    return taken;
  };
}

let descriptor: Descriptor;
let log: LogDestination;
const exitListeners = process.listenerCount('exit');
const warned = vi.spyOn(process, 'emitWarning');
const warnings = () => warned.mock.calls.map(([text]) => text);

beforeEach(() => {
  vi.useFakeTimers();
  warned.mockReset().mockImplementation(() => {});
  descriptor = new Descriptor();
  log = new LogDestination(descriptor.write);
});
afterEach(() => {
  // Nothing is left to wait for.
  expect(vi.getTimerCount()).toBe(0);
  expect(process.listenerCount('exit')).toBe(exitListeners);
  vi.useRealTimers();
});

test('a line is written before write() returns', () => {
  log.write('one\n');
  expect(descriptor.text).toBe('one\n');
  expect(warnings()).toEqual([]);
});

test('on a full disk lines are kept, and written in their order when there is room; it is told once', () => {
  descriptor.room = 6;
  for (const line of ['one\n', 'two\n', 'three\n']) log.write(line);
  expect(descriptor.text).toBe('one\ntw');
  vi.advanceTimersByTime(10_000);
  expect(warnings()).toEqual([expect.stringMatching(/cannot be written \(ENOSPC: write\).* 1024 kB/)]);
  descriptor.room = Number.POSITIVE_INFINITY;
  vi.advanceTimersByTime(1_000);
  expect(descriptor.text).toBe('one\ntwo\nthree\n');
  expect(warnings().slice(1)).toEqual(['The log is written again; 0 lines are lost.']);
  log.write('four\n');
  expect(descriptor.text).toBe('one\ntwo\nthree\nfour\n');
});

test('what is too much to keep is lost and counted; a single long line is not too much', () => {
  const long = KILOBYTE.repeat(2_000);
  log.write(long);
  expect(descriptor.text).toBe(long);
  descriptor.text = '';
  descriptor.room = 0;
  for (let n = 0; n < 1_030; n++) log.write(KILOBYTE);
  descriptor.room = Number.POSITIVE_INFINITY;
  vi.advanceTimersByTime(1_000);
  expect(descriptor.text).toHaveLength(1024 * 1024);
  expect(warnings().at(-1)).toBe('The log is written again; 6 lines are lost.');
});

test('a reader that is slow for a moment is waited for, and no matter to tell', () => {
  Object.assign(descriptor, { room: 5, problem: 'EAGAIN' });
  log.write('one\n');
  log.write('two\n');
  descriptor.room = 100;
  vi.advanceTimersByTime(20);
  expect(descriptor.text).toBe('one\ntwo\n');
  expect(warnings()).toEqual([]);
});

test('the end of the process writes what it can', () => {
  descriptor.room = 0;
  log.write('last\n');
  descriptor.room = 100;
  const [end] = process.listeners('exit').slice(exitListeners);
  end?.call(process, 0);
  expect(descriptor.text).toBe('last\n');
});

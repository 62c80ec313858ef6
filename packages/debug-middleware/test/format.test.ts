import { expect, test } from 'vitest';
import { bytes, duration, milliseconds, number, plural, times } from '../ui/format.ts';
import { points } from '../ui/points.ts';

test.each([
  [number(1234), '1,234'],
  [number(12.34), '12.3'],
  [number(0), '0'],
  [bytes(0), '0 B'],
  [bytes(1536), '1.5 kB'],
  [bytes(64 * 1024 ** 2), '64 MB'],
  [bytes(5 * 1024 ** 5), '5,120 TB'],
  [milliseconds(0.42), '0.42 ms'],
  [milliseconds(12.4), '12 ms'],
  [milliseconds(1_234), '1.23 s'],
  [times(0.42, 8, 31.4), '0.42 / 8 / 31 ms'],
  [times(20, 800, 1_234), '0.02 / 0.8 / 1.23 s'],
  [duration(-5), '0 s'],
  [duration(59_999), '59 s'],
  [duration(300_000), '5 min'],
  [duration(3_600_000), '1 h'],
  [duration(90_000_000), '1 d 1 h'],
  [plural(1, 'worker'), '1 worker'],
  [plural(0, 'worker'), '0 workers'],
])('%s', (given, expected) => {
  expect(given).toBe(expected);
});

test('a line stays in its box, leaves out what is not known, and is flat when nothing happens', () => {
  expect(points([0, null, 4])).toBe('0.0,19.0 72.0,1.0');
  expect(points([0, 0])).toBe('0.0,19.0 72.0,19.0');
  expect(points([])).toBe('');
});

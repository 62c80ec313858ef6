import { type Client, connect } from '@troupe/ipc';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Log } from '../src/log/log.ts';
import { RecentLines } from '../src/log/recent-lines.ts';

const print = (text: string) => void process.stdout.write(`${text}\n`);
const printing: Log = { debug: print, info: print, warn: print, error: print };

const printed: string[] = [];
const ours = vi.fn((text: unknown) => printed.push(String(text)) > 0);
const theirs = process.stdout.write;
beforeEach(() => {
  vi.useFakeTimers();
  printed.length = 0;
  process.stdout.write = ours;
});
afterEach(() => {
  process.stdout.write = theirs;
  vi.useRealTimers();
});

/** Asks for the lines as the live page does. */
function ask(lines: RecentLines, client: Client = connect()) {
  onTestFinished(lines.serve(client));
  return (since = 0) => client.request('master', 'log.lines', { since });
}

test('lines are remembered with what is in them, the last 500 of them', async () => {
  const lines = new RecentLines();
  const log = lines.of(printing);
  for (let n = 1; n <= 600; n++) log.info(`line ${n}`);
  log.error('it broke', { worker: 7, err: new Error('at last') });
  const told = await ask(lines)();
  expect(told).toHaveLength(500);
  expect(told[0]).toMatchObject({ seq: 102, text: 'line 102', level: 'info', pid: process.pid });
  expect(told.at(-1)).toMatchObject({ text: 'it broke', level: 'error', worker: 7 });
  expect(told.at(-1)?.details).toMatch(/Error: at last\n.*at /);
});

test('only what was said since then is told', async () => {
  const lines = new RecentLines();
  const log = lines.of(printing);
  log.info('before');
  await vi.advanceTimersByTimeAsync(1_000);
  const now = Date.now();
  log.info('after');
  expect(await ask(lines)(now)).toMatchObject([{ text: 'after', at: now }]);
});

test('what is printed is heard while somebody asks, and printed as ever', async () => {
  const lines = new RecentLines();
  const log = lines.of(printing);
  const look = ask(lines);
  print('too early');
  await look();
  process.stdout.write('in two ');
  process.stdout.write(Buffer.from('pieces\nand one more\n'));
  log.info('its own');
  expect((await look()).map(({ text }) => text)).toEqual(['in two pieces', 'and one more', 'its own']);
  expect(printed.join('')).toBe('too early\nin two pieces\nand one more\nits own\n');

  await vi.advanceTimersByTimeAsync(5_001);
  expect(process.stdout.write).toBe(ours);
  print('too late');
  expect((await look()).map(({ text }) => text)).not.toContain('too late');
});

test('somebody who puts himself in front meanwhile stays there', async () => {
  const look = ask(new RecentLines());
  await look();
  const tapped = process.stdout.write.bind(process.stdout);
  const another = ((text: string) => tapped(text.toUpperCase())) as typeof process.stdout.write;
  process.stdout.write = another;
  await vi.advanceTimersByTimeAsync(6_000);
  expect(process.stdout.write).toBe(another);
  print('loud');
  expect(printed).toEqual(['LOUD\n']);
});

import { expect, test } from 'vitest';
import { ExitLog } from '../src/master/exit-log.ts';

const exit = (pid: number) => ({
  pid,
  generation: 1,
  at: pid,
  code: 1,
  signal: null,
  asked: false,
  reason: 'exited with code 1',
});

test('the last hundred exits are kept, the newest first', () => {
  const log = new ExitLog();
  for (let pid = 1; pid <= 101; pid++) log.add(exit(pid));
  expect(log.all()).toHaveLength(100);
  expect([log.all()[0]?.pid, log.all().at(-1)?.pid]).toEqual([101, 2]);
});

import { expect, test } from 'vitest';
import { GRACE, Lease, REPORT_LIFETIME } from '../src/debugging/lease.ts';

const IDLE = 600_000;
const BEGAN = 1_000;

function lease(): Lease {
  const given = { pid: 7, fresh: false, aside: true, by: 'a test', since: 0, agent: 'a', door: 'd', root: '/' };
  const made = new Lease(given, IDLE);
  made.become('open', BEGAN);
  return made;
}
const report = (change: object = {}) => ({ pid: 7, sessions: 1, paused: false, active: false, ...change });

test('what is being prepared is not over, however long it takes', () => {
  const given = { pid: 7, fresh: false, aside: true, by: 'a test', since: 0, agent: 'a', door: 'd', root: '/' };
  expect(new Lease(given, IDLE).isOver(10 * IDLE)).toBe(false);
});

test('nobody comes: it is over after a grace', () => {
  expect(lease().isOver(BEGAN + GRACE - 1)).toBe(false);
  expect(lease().isOver(BEGAN + GRACE)).toBe(true);
});

test('somebody is there, and does nothing: it is over after the idle time', () => {
  const made = lease();
  const times = Array.from({ length: IDLE / 5_000 }, (_, n) => BEGAN + n * 5_000);
  for (const now of times) {
    made.report(report(), 1, now);
    expect(made.isOver(now)).toBe(false);
  }
  made.report(report(), 1, BEGAN + IDLE);
  expect(made.isOver(BEGAN + IDLE)).toBe(true);
});

test('whoever does something has all the time again', () => {
  const made = lease();
  made.report(report({ active: true }), 1, 50_000);
  expect(made.at(50_000).until).toBe(50_000 + IDLE);
});

test('whoever goes may come back for a while', () => {
  const made = lease();
  made.report(report(), 1, 5_000);
  made.report(report({ sessions: 0 }), 1, 9_000);
  expect(made.at(9_000)).toMatchObject({ sessions: 0, until: 9_000 + GRACE });
});

test('a process that is heard no more has no sessions', () => {
  const made = lease();
  made.report(report({ paused: true }), 1, 5_000);
  made.report(report({ sessions: 2 }), 2, 5_000 + REPORT_LIFETIME / 2);
  expect(made.at(6_000 + REPORT_LIFETIME / 2)).toMatchObject({ sessions: 3, paused: true });
  expect(made.at(5_000 + REPORT_LIFETIME)).toMatchObject({ sessions: 2, paused: false });
  expect(made.at(5_000 + 2 * REPORT_LIFETIME)).toMatchObject({ sessions: 0 });
});

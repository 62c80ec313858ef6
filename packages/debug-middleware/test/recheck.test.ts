import type { IncomingMessage } from 'node:http';
import type { Decision, Guard, Refusal } from '@troupe/guard';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { recheck } from '../src/debugger/recheck.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const REFUSED: Refusal = { allowed: false, status: 403, code: 'TROUPE_ERR_GUARD_ACCESS', message: 'logged out' };
const ALLOWED: Decision = { allowed: true, who: 'session', access: 'debug' };

/** Rechecks a visitor against decisions, one for each time; the last one stays. */
function visit(...decisions: (Decision | Error)[]) {
  const lost: string[] = [];
  const guard = {
    authorize: async () => {
      const [decision = REFUSED] = decisions.length > 1 ? decisions.splice(0, 1) : decisions;
      if (decision instanceof Error) throw decision;
      return decision;
    },
  } as unknown as Guard;
  const stop = recheck(guard, {} as IncomingMessage, 'debug', why => lost.push(why));
  return { lost, stop };
}

test('who may no longer be here is told so, once', async () => {
  const { lost } = visit(ALLOWED, REFUSED);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(lost).toEqual([]);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(lost).toEqual(['logged out']);
});

test('wrong tokens of others do not end it; a guard that fails does', async () => {
  const { lost } = visit({ ...REFUSED, status: 429 }, new Error('it broke'));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(lost).toEqual([]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(lost).toEqual(['it broke']);
});

test('after its end nobody is asked', async () => {
  const { lost, stop } = visit(REFUSED);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lost).toEqual([]);
});

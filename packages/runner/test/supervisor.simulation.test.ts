import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Input, State } from '../src/supervisor/state.ts';
import { type Step, step } from '../src/supervisor/step.ts';
import { type History, histories, live } from './world.ts';

/** How many histories; the nightly run tries 100,000. A failure prints its seed and path: fc.assert(…, { seed, path }). */
const HISTORIES = Number(process.env.TROUPE_HISTORIES ?? 5_000);

test(`${HISTORIES} histories break no rule`, { timeout: 1_800_000 }, () => {
  fc.assert(
    fc.property(histories, history => live(history)),
    { numRuns: HISTORIES, ...(process.env.TROUPE_SEED && { seed: Number(process.env.TROUPE_SEED) }) },
  );
});

describe('the checker finds a fault that is planted', () => {
  const faults: Record<string, (before: State, input: Input, now: number) => Step> = {
    'the queue wedges when a successor fails': (before, input, now) => {
      const next = step(before, input, now);
      const given = next.effects.some(({ type }) => type === 'not-replaced');
      return given ? { ...next, state: { ...next.state, current: before.current } } : next;
    },
    'two replacements run at once': (before, input, now) =>
      step(input.type === 'replace' ? { ...before, current: null } : before, input, now),
    'the nanny sends a debugged worker away': (before, input, now) =>
      step(
        input.type === 'time'
          ? { ...before, workers: before.workers.map(each => ({ ...each, debugged: false })) }
          : before,
        input,
        now,
      ),
    'the workers are blamed for the sleep of the master': (before, input, now) =>
      step({ ...before, wakeAt: null }, input, now),
    'the nanny does not hear that a worker is back': (before, input, now) => {
      const next = step(before, input, now);
      return input.type === 'beat' ? { ...next, state: { ...next.state, queue: before.queue } } : next;
    },
  };

  test.each(Object.entries(faults))('%s', (_name, faulty) => {
    const tries = { numRuns: 5_000, seed: 1 };
    const result = fc.check(
      fc.property(histories, (history: History) => live(history, faulty)),
      tries,
    );
    expect(result.failed).toBe(true);
  });
});

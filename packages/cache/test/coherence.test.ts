import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Faults, live, stories, Violation } from './world.ts';

/** How many histories; the nightly run tries 100,000. A failure prints its seed and path: fc.assert(…, { seed, path }). */
const HISTORIES = Number(process.env.TROUPE_HISTORIES ?? 10_000);

test(`${HISTORIES} histories are linearizable, and each key has one load at a time`, { timeout: 1_800_000 }, () => {
  fc.assert(
    fc.property(stories, story => live(story)),
    { numRuns: HISTORIES, ...(process.env.TROUPE_SEED && { seed: Number(process.env.TROUPE_SEED) }) },
  );
});

describe('the checker finds a fault that is planted', () => {
  const faults: (keyof Faults)[] = [
    'skipAcknowledgements',
    'loseRecalls',
    'ignoreLeases',
    'forgetPredecessors',
    'skipFencing',
  ];

  test.each(faults)('%s', fault => {
    const { errorInstance } = fc.check(
      fc.property(stories, story => live(story, { [fault]: true })),
      { numRuns: 20_000, seed: 1, endOnFailure: true },
    );
    expect(errorInstance).toBeInstanceOf(Violation);
  });
});

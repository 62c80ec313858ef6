import type { Assertion } from './assertion.ts';

/** What the first of `assertions` that finds something says. */
export function anyOf(...assertions: readonly Assertion[]): Assertion {
  return heartbeat => {
    for (const assertion of assertions) {
      const verdict = assertion(heartbeat);
      if (verdict) return verdict;
    }
    return false;
  };
}

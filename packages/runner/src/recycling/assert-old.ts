import type { Assertion } from './assertion.ts';
import { PerWorker } from './per-worker.ts';

/** 3 days, s: cluster2's. */
const DEFAULT_MAX_AGE = 259_200;
/** Workers that were born together do not all grow old at once. */
const JITTER = 0.1;

/**
 * A worker that is older than `maxAge` s, give or take 10 % which are drawn for each worker; 0 or less: never.
 * `random` is in [0, 1).
 * @param maxAge @default 259200
 */
export function assertOld(maxAge = DEFAULT_MAX_AGE, random: () => number = Math.random): Assertion {
  if (maxAge <= 0) return () => false;
  const limits = new PerWorker(() => ({ age: maxAge * (1 - JITTER + 2 * JITTER * random()) }));
  return heartbeat => {
    const limit = limits.of(heartbeat).age;
    return (
      heartbeat.uptime >= limit && `it is ${Math.round(heartbeat.uptime)} s old, its limit is ${Math.round(limit)} s`
    );
  };
}

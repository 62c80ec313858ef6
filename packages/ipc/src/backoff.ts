const FIRST = 25;
const MOST = 2_000;

/**
 * How long to wait before connection attempt `attempt` (0 is the first retry), ms: doubling from 25 ms to 2 s, of which a
 * random half is taken away so that the processes of a cluster do not come back all at once.
 * @param random a number in [0, 1)
 */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(MOST, FIRST * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (1 - random / 2));
}

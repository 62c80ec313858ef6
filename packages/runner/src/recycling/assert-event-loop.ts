import type { Assertion } from './assertion.ts';
import { PerWorker } from './per-worker.ts';

/**
 * A worker whose timers fire more than `p99` ms late, one in a hundred of them, in so many `cycles` in a row.
 * @param cycles @default 3
 * @throws RangeError
 */
export function assertEventLoop(p99: number, cycles = 3): Assertion {
  if (!(p99 > 0) || !(cycles >= 1)) {
    throw new RangeError(`assertEventLoop(${p99}, ${cycles}): give ms above 0, and at least 1 cycle`);
  }
  const slow = new PerWorker(() => ({ cycles: 0 }));
  return heartbeat => {
    const memory = slow.of(heartbeat);
    const { eventLoop } = heartbeat;
    memory.cycles = eventLoop.p99 > p99 ? memory.cycles + 1 : 0;
    return (
      memory.cycles >= cycles &&
      `its event loop was ${Math.round(eventLoop.p99)} ms late, ${memory.cycles} heartbeats in a row`
    );
  };
}

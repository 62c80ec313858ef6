import { monotonic } from '../monotonic.ts';

/** What the master does when it is signalled. */
export interface Orders {
  /** The first SIGTERM or SIGINT. */
  shutDown(signal: NodeJS.Signals): void;
  /** A second one: at once. */
  giveUp(signal: NodeJS.Signals): void;
  /** SIGHUP or SIGUSR2. */
  reload(signal: NodeJS.Signals): void;
}

/**
 * Signals this close to the first are the same order, ms: a terminal signals the whole group, and wrappers such as
 * `npm start` and `timeout` pass on to their child what the child has received already.
 */
const ECHO = 100;

/** The signals that the master acts on; docs/signals.md has the whole table. Returns what takes the listeners away. */
export function handleMasterSignals(orders: Orders, now: () => number = monotonic): () => void {
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (first === undefined) {
      first = now();
      orders.shutDown(signal);
    } else if (now() - first >= ECHO) {
      orders.giveUp(signal);
    }
  };
  const listeners = [
    ['SIGTERM', onSignal],
    ['SIGINT', onSignal],
    ['SIGHUP', orders.reload],
    ['SIGUSR2', orders.reload],
  ] as const;
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/** What the master does when it is told to stop, politely and not. */
export interface StopOrders {
  /** The first SIGTERM or SIGINT. */
  shutDown(signal: NodeJS.Signals): void;
  /** A second one: at once. */
  giveUp(signal: NodeJS.Signals): void;
}

/**
 * Signals this close to the first are the same order, ms: a terminal signals the whole group, and wrappers such as
 * `npm start` and `timeout` pass on to their child what the child has received already.
 */
const ECHO = 100;

/** The signals that stop a cluster; docs/signals.md has the whole table. Returns what takes the listeners away. */
export function handleMasterSignals(
  orders: StopOrders,
  now: () => number = performance.now.bind(performance),
): () => void {
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (first === undefined) {
      first = now();
      orders.shutDown(signal);
    } else if (now() - first >= ECHO) {
      orders.giveUp(signal);
    }
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return () => {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  };
}

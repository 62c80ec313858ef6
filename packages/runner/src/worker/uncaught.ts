import { UNCAUGHT, type UncaughtMessage } from '../uncaught-message.ts';

/**
 * Counts the errors that nothing catches, and tells the master of each before the process dies of it. It only watches:
 * what becomes of the process is decided as if it were not there.
 */
export class Uncaught {
  count = 0;
  readonly #watch = (error: unknown) => {
    this.count += 1;
    if (process.connected) process.send?.(describe(error));
  };

  constructor() {
    process.on('uncaughtExceptionMonitor', this.#watch);
  }

  stop(): void {
    process.off('uncaughtExceptionMonitor', this.#watch);
  }
}

function describe(error: unknown): UncaughtMessage {
  if (!(error instanceof Error)) return { cmd: UNCAUGHT, message: `threw ${String(error)}`, stack: undefined };
  return { cmd: UNCAUGHT, message: `${error.name}: ${error.message}`, stack: error.stack };
}

import { isTold } from './levels.ts';
import { each, type Log } from './lines.ts';
import { isTerminal, warnOfLog } from './stdio.ts';

/**
 * How long the first lines wait at most, ms. In a terminal, and at level `debug`, somebody reads along; a log file can
 * wait until the start is over, and each line carries the time at which it was said.
 */
const loadingDelay = () => (isTold('debug') || isTerminal() ? 20 : 1_000);

/** After how long it is tried again to load what could not be, ms: nothing can while a process has no descriptor left. */
const RETRY = 1_000;
/** Lines that wait for that. */
const MOST_WAITING = 1_000;

/** When the line that is being written was said, if that was earlier; ms since the epoch. */
export interface Clock {
  at: number | undefined;
}

/**
 * pino takes 12 ms to load, and a cluster that starts has better things to do: lines wait in their order until it has
 * started, but for a moment only, and not when there is a warning or an error, or the process ends.
 *
 * @param create loads pino; when it throws, the lines wait for the next attempt
 * @param started settles when this process has started
 */
export function lazily(create: (clock: Clock) => Log, started: Promise<unknown>): Log {
  const clock: Clock = { at: undefined };
  const waiting: (() => void)[] = [];
  let log: Log | undefined;
  let timer: NodeJS.Timeout | undefined;
  let hasFailed = false;
  const wait = (delay: number) => {
    timer = setTimeout(load, delay).unref();
    process.off('exit', load).once('exit', load);
  };
  const load = () => {
    clearTimeout(timer);
    try {
      log ??= create(clock);
    } catch (problem) {
      if (!hasFailed) warnOfLog(`The log has to wait: ${problem}`);
      hasFailed = true;
      return wait(RETRY);
    }
    process.off('exit', load);
    for (let write = waiting.shift(); write; write = waiting.shift()) write();
    clock.at = undefined;
  };
  return each(level => (sentence, fields) => {
    if (log) return log[level](sentence, fields);
    // What pino would drop is no reason to load it.
    if (!isTold(level) || waiting.length === MOST_WAITING) return;
    const at = Date.now();
    waiting.push(() => {
      clock.at = at;
      log?.[level](sentence, fields);
    });
    if (hasFailed) return;
    if (level === 'warn' || level === 'error') load();
    else if (!timer) {
      wait(loadingDelay());
      const soon = () => setImmediate(load);
      started.then(soon, soon);
    }
  });
}

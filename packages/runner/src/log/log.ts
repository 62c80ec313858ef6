import cluster from 'node:cluster';
import { createRequire } from 'node:module';
import type pino from 'pino';
import { LogDestination } from './destination.ts';
import type { Logger } from './logger.ts';

/** What a line is about, as data. */
export type Fields = Record<string, unknown>;

/** How the runner writes its own lines: a sentence, and the data in it. */
export interface Log {
  debug(sentence: string, fields?: Fields): void;
  info(sentence: string, fields?: Fields): void;
  warn(sentence: string, fields?: Fields): void;
  error(sentence: string, fields?: Fields): void;
}

/** pino's levels, from the most talkative to the one that says nothing. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
/** Other loggers may read the same variable, and know other levels. */
const ASKED = process.env.LOG_LEVEL?.toLowerCase() || 'info';
const LEVEL = LEVELS.includes(ASKED) ? ASKED : 'info';
const isTold = (level: string) => LEVELS.indexOf(level) >= LEVELS.indexOf(LEVEL);

/**
 * How long the first lines wait at most, ms. In a terminal, and at level `debug`, somebody reads along; a log file can
 * wait until the start is over, and each line carries the time at which it was said.
 */
const LOADING_DELAY = process.stdout.isTTY || isTold('debug') ? 20 : 1_000;

/** When the line that is being written was said, if that was earlier; ms since the epoch. */
interface Clock {
  at: number | undefined;
}

/** Loggers of the user's. */
export interface LogOptions {
  logger?: Logger | undefined;
  getLogger?: ((name: string) => Logger) | undefined;
}

type Level = keyof Log;
const METHODS: readonly Level[] = ['debug', 'info', 'warn', 'error'];

/**
 * The log of this process: the user's logger if there is one, else pino; in a terminal a person reads it, elsewhere it
 * is JSON. `LOG_LEVEL` sets pino's level (default `info`, and in place of one that does not exist). `started` settles
 * when this process has started.
 */
export function createLog(options: LogOptions, started: Promise<unknown>): Log {
  const given = options.logger ?? options.getLogger?.('troupe');
  if (given) return isPino(given) ? structured(given) : plain(given);
  const log = lazily(clock => structured(createPino(clock)), started);
  if (LEVEL !== ASKED && cluster.isPrimary) {
    log.warn(`LOG_LEVEL ${ASKED} is none of ${LEVELS.join(', ')}; ${LEVEL} it is`);
  }
  return log;
}

/**
 * pino takes 12 ms to load, and a cluster that starts has better things to do: lines wait in their order until it has
 * started, but for a moment only, and not when there is a warning or an error, or the process ends.
 */
function lazily(create: (clock: Clock) => Log, started: Promise<unknown>): Log {
  const clock: Clock = { at: undefined };
  const waiting: (() => void)[] = [];
  let log: Log | undefined;
  let timer: NodeJS.Timeout | undefined;
  const load = () => {
    clearTimeout(timer);
    process.off('exit', load);
    log ??= create(clock);
    for (let write = waiting.shift(); write; write = waiting.shift()) write();
    clock.at = undefined;
  };
  return each(level => (sentence, fields) => {
    if (log) return log[level](sentence, fields);
    // What pino would drop is no reason to load it.
    if (!isTold(level)) return;
    const at = Date.now();
    waiting.push(() => {
      clock.at = at;
      log?.[level](sentence, fields);
    });
    if (level === 'warn' || level === 'error') load();
    else if (!timer) {
      timer = setTimeout(load, LOADING_DELAY).unref();
      process.once('exit', load);
      const soon = () => setImmediate(load);
      started.then(soon, soon);
    }
  });
}

function createPino(clock: Clock): pino.Logger {
  const load = createRequire(import.meta.url);
  const create = load('pino') as typeof pino;
  const timestamp = () => `,"time":${clock.at ?? Date.now()}`;
  const settings = { name: 'troupe', level: LEVEL, timestamp };
  const destination = new LogDestination();
  if (!process.stdout.isTTY) return create(settings, destination);
  const { prettyFactory } = load('pino-pretty') as typeof import('pino-pretty');
  const format = prettyFactory({ colorize: true, ignore: 'hostname,name', translateTime: 'SYS:HH:MM:ss.l' });
  return create(settings, { write: line => destination.write(format(line)) });
}

const structured = (target: Logger): Log =>
  each(level => (sentence, fields) => {
    target[level](fields ?? {}, sentence);
  });

/** Loggers that print what they are given get one readable text. */
const plain = (target: Logger): Log =>
  each(level => (sentence, fields) => {
    const error = fields?.err;
    if (error === undefined) target[level](`[troupe] ${sentence}`);
    else target[level](`[troupe] ${sentence}`, error);
  });

function each(write: (level: Level) => (sentence: string, fields?: Fields) => void): Log {
  return Object.fromEntries(METHODS.map(level => [level, write(level)])) as unknown as Log;
}

function isPino(logger: Logger): logger is pino.Logger {
  return 'bindings' in logger && 'child' in logger;
}

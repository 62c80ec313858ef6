import { createRequire } from 'node:module';
import type pino from 'pino';
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

type Level = keyof Log;
const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error'];

/**
 * The log of this process: the user's logger if there is one, else pino; in a terminal a person reads it, elsewhere it
 * is JSON. `LOG_LEVEL` sets pino's level (default `info`).
 */
export function createLog(options: {
  logger?: Logger | undefined;
  getLogger?: ((name: string) => Logger) | undefined;
}): Log {
  const given = options.logger ?? options.getLogger?.('troupe');
  if (!given) return lazily(() => structured(createPino()));
  return isPino(given) ? structured(given) : plain(given);
}

/** pino takes 20 ms to load: not before the first line, and in most workers never. */
function lazily(create: () => Log): Log {
  let log: Log | undefined;
  return each(level => (sentence, fields) => {
    log ??= create();
    log[level](sentence, fields);
  });
}

function createPino(): pino.Logger {
  const load = createRequire(import.meta.url);
  const create = load('pino') as typeof pino;
  const settings = { name: 'troupe', level: process.env.LOG_LEVEL ?? 'info' };
  if (!process.stdout.isTTY) return create(settings);
  const pretty = load('pino-pretty') as (options: object) => pino.DestinationStream;
  return create(
    settings,
    pretty({ colorize: true, ignore: 'hostname,name', translateTime: 'SYS:HH:MM:ss.l', sync: true }),
  );
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
  return Object.fromEntries(LEVELS.map(level => [level, write(level)])) as unknown as Log;
}

function isPino(logger: Logger): logger is pino.Logger {
  return 'bindings' in logger && 'child' in logger;
}

import cluster from 'node:cluster';
import { createRequire } from 'node:module';
import type pino from 'pino';
import { LogDestination } from './destination.ts';
import { type Clock, lazily } from './lazy.ts';
import { ASKED, LEVEL, LEVELS } from './levels.ts';
import { each, type Log } from './lines.ts';
import type { Logger } from './logger.ts';
import { isTerminal } from './stdio.ts';

export type { Fields, Log } from './lines.ts';

/** Loggers of the user's. */
export interface LogOptions {
  logger?: Logger | undefined;
  getLogger?: ((name: string) => Logger) | undefined;
}

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

function createPino(clock: Clock): pino.Logger {
  const load = createRequire(import.meta.url);
  const create = load('pino') as typeof pino;
  const timestamp = () => `,"time":${clock.at ?? Date.now()}`;
  const settings = { name: 'troupe', level: LEVEL, timestamp };
  const destination = new LogDestination();
  if (!isTerminal()) return create(settings, destination);
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

function isPino(logger: Logger): logger is pino.Logger {
  return 'bindings' in logger && 'child' in logger;
}

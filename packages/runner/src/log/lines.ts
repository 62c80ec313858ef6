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
const METHODS: readonly Level[] = ['debug', 'info', 'warn', 'error'];

/** A log whose methods do the same. */
export function each(write: (level: Level) => (sentence: string, fields?: Fields) => void): Log {
  return Object.fromEntries(METHODS.map(level => [level, write(level)])) as unknown as Log;
}

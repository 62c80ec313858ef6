import { inspect } from 'node:util';
import type { Client, LogLine } from '@troupe/ipc';
import type { Fields, Log } from './log.ts';

/** How many lines a process remembers. */
const KEPT = 500;
/** Characters of one line's data that are told. */
const LONGEST_DETAILS = 8_000;

interface Remembered extends Omit<LogLine, 'details'> {
  fields: Fields | undefined;
}

/**
 * The last lines that this process logged, for those who look at the live page. What is remembered is the data itself:
 * it becomes text only when somebody asks.
 */
export class RecentLines {
  readonly #lines: Remembered[] = [];
  #seq = 0;

  /** A log that writes to this one, and is remembered. */
  of(log: Log): Log {
    const write = (level: LogLine['level']) => (text: string, fields?: Fields) => {
      this.#add(level, text, fields);
      log[level](text, fields);
    };
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  }

  /** @param time ms since the epoch */
  since(time: number): LogLine[] {
    const first = this.#lines.findIndex(({ at }) => at >= time);
    return first < 0 ? [] : this.#lines.slice(first).map(toLogLine);
  }

  /** Answers for everybody on the bus. Returns what ends it. */
  serve(client: Client): () => void {
    return client.handle('log.lines', ({ since }) => this.since(since));
  }

  #add(level: LogLine['level'], text: string, fields: Fields | undefined): void {
    this.#seq += 1;
    this.#lines.push({ pid: process.pid, seq: this.#seq, at: Date.now(), level, text, fields });
    if (this.#lines.length > KEPT) this.#lines.shift();
  }
}

function toLogLine({ fields, ...line }: Remembered): LogLine {
  if (fields === undefined) return line;
  const worker = typeof fields.worker === 'number' ? fields.worker : undefined;
  return { ...line, worker, details: inspect(fields, { breakLength: 100 }).slice(0, LONGEST_DETAILS) };
}

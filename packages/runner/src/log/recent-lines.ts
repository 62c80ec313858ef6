import { inspect } from 'node:util';
import type { Client, LogLine } from '@troupe/ipc';
import type { Fields, Log } from './log.ts';
import { OutputTap } from './output-tap.ts';

/** How many lines a process remembers. */
const KEPT = 500;
/** Characters of one line's data that are told. */
const LONGEST_DETAILS = 8_000;

interface Remembered extends Omit<LogLine, 'details'> {
  fields: Fields | undefined;
}

/**
 * The last lines that this process logged, for those who look at the live page; and what it prints while they look. What
 * is remembered of a line is the data itself: it becomes text only when somebody asks.
 */
export class RecentLines {
  readonly #lines: Remembered[] = [];
  readonly #output = new OutputTap((line, stream) => {
    // Loggers that print would have each line of ours told twice.
    if (!this.#writing) this.#add(stream === 'stdout' ? 'info' : 'error', line, undefined);
  });
  #writing = false;
  #seq = 0;

  /** A log that writes to this one, and is remembered. */
  of(log: Log): Log {
    const write = (level: LogLine['level']) => (text: string, fields?: Fields) => {
      this.#add(level, text, fields);
      this.#writing = true;
      try {
        log[level](text, fields);
      } finally {
        this.#writing = false;
      }
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
    const stop = client.handle('log.lines', ({ since }) => {
      this.#output.listen();
      return this.since(since);
    });
    return () => {
      stop();
      this.#output.close();
    };
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

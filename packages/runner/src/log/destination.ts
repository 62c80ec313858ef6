import { writeSync } from 'node:fs';
import { warnOfLog } from './stdio.ts';

/** Bytes of lines that are kept while they cannot be written. */
const KEPT = 1024 * 1024;
/** After how long it is tried again, ms: when the reader of a pipe was too slow, and when something is wrong. */
const SOON = 20;
const LATER = 1_000;
/** How long a process that ends waits for such a reader, ms. */
const PATIENCE = 1_000;

/**
 * Where the log goes: to stdout, and at once, since `process.exit()` waits for nobody. No process ends because it cannot
 * say what it does: while the disk is full or the terminal gone, lines are kept until they can be written. Those that are
 * too many to keep are lost, and counted. Both are told on stderr.
 *
 * (pino's own destination has the process end by an error that nobody has listened for, and its `flushSync` tries for
 * ever on a full disk: sonic-boom 4.2.)
 */
export class LogDestination {
  readonly #write: (bytes: Uint8Array) => number;
  readonly #lines: Uint8Array[] = [];
  #size = 0;
  #lost = 0;
  #retry: NodeJS.Timeout | undefined;
  /** Why the first of them could not be written. */
  #problem: NodeJS.ErrnoException | undefined;
  #isTold = false;

  /** @param write as `writeSync` to stdout: how many bytes it has taken; throws when it can take none */
  constructor(write: (bytes: Uint8Array) => number = bytes => writeSync(1, bytes)) {
    this.#write = write;
  }

  write(text: string): void {
    const line = Buffer.from(text);
    if (this.#problem && this.#size + line.length > KEPT) {
      this.#lost += 1;
      return;
    }
    this.#lines.push(line);
    this.#size += line.length;
    if (!this.#retry) this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      for (let line = this.#lines[0]; line; line = this.#lines[0]) {
        const written = this.#write(line);
        this.#size -= written;
        if (written < line.length) this.#lines[0] = line.subarray(written);
        else this.#lines.shift();
      }
    } catch (problem) {
      return this.#wait(problem as NodeJS.ErrnoException);
    }
    if (this.#problem) this.#goOn();
  }

  #wait(problem: NodeJS.ErrnoException): void {
    if (!this.#problem) process.once('exit', this.#end);
    this.#problem = problem;
    this.#retry = setTimeout(() => this.#flush(), isBusy(problem) ? SOON : LATER).unref();
    if (isBusy(problem) || this.#isTold) return;
    this.#isTold = true;
    warnOfLog(
      `The log cannot be written (${problem.message}). The next ${KEPT / 1024} kB of it are kept until it can be.`,
    );
  }

  #goOn(): void {
    process.off('exit', this.#end);
    this.#problem = undefined;
    if (this.#isTold || this.#lost > 0) warnOfLog(`The log is written again; ${this.#lost} lines are lost.`);
    this.#isTold = false;
    this.#lost = 0;
  }

  readonly #end = (): void => {
    const until = Date.now() + PATIENCE;
    for (this.#flush(); this.#problem && isBusy(this.#problem) && Date.now() < until; this.#flush()) sleep(SOON);
  };
}

const isBusy = ({ code }: NodeJS.ErrnoException) => code === 'EAGAIN';

const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

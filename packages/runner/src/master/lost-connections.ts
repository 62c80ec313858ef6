import type { Log } from '../log/log.ts';

/** How long further ones are counted before the first line, and between two lines, ms. */
const FIRST = 1_000;
const PERIOD = 10_000;

/** Connections that had to be closed before a worker had them: nobody else can tell why their clients got no answer. */
export class LostConnections {
  readonly #log: Pick<Log, 'warn'>;
  readonly #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Pick<Log, 'warn'>) {
    this.#log = log;
  }

  add(reason: string, count = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
    this.#timer ??= setTimeout(() => this.#again(), FIRST).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#tell();
  }

  #again(): void {
    const some = this.#counts.size > 0;
    this.#tell();
    this.#timer = some ? setTimeout(() => this.#again(), PERIOD).unref() : undefined;
  }

  #tell(): void {
    for (const [reason, connections] of this.#counts) {
      const what = connections === 1 ? '1 connection was' : `${connections} connections were`;
      this.#log.warn(`${what} closed without an answer: ${reason}`, { connections });
    }
    this.#counts.clear();
  }
}

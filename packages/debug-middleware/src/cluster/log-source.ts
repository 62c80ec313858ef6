import type { LogLine } from '@troupe/ipc';
import type { Bus } from '../options.ts';
import type { Source } from './source.ts';

/** Lines that a page is given when it begins to watch. */
const KEPT = 1_000;
/** How long a process may take, ms; one that is frozen has nothing to say. */
const DEADLINE = 800;
/** A line may be logged in the very millisecond of a look, or told late: what is this old is asked for again, ms. */
const OVERLAP = 5_000;

/** The log of every process of the cluster, in the order in which it was said. */
export class LogSource implements Source<LogLine[], LogLine[]> {
  readonly #bus: Bus;
  #lines: LogLine[] = [];
  readonly #known = new Set<string>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  whole(): LogLine[] {
    return this.#lines;
  }

  async look(): Promise<LogLine[] | undefined> {
    const since = (this.#lines.at(-1)?.at ?? 0) - OVERLAP;
    const answers = await this.#bus.gather('all', 'log.lines', { since }, { timeout: DEADLINE });
    // Processes that log nothing of their own, such as other monitors, do not know the request.
    const told = answers.flatMap(answer => ('value' in answer ? (answer.value ?? []) : []));
    const fresh = told.filter(line => !this.#known.has(key(line))).sort((a, b) => a.at - b.at);
    if (fresh.length === 0) return undefined;
    this.#lines = [...this.#lines, ...fresh].slice(-KEPT);
    this.#remember(fresh);
    return fresh;
  }

  #remember(lines: LogLine[]): void {
    for (const line of lines) this.#known.add(key(line));
    for (const old of this.#known) {
      if (this.#known.size <= 2 * KEPT) break;
      this.#known.delete(old);
    }
  }
}

const key = ({ pid, seq }: LogLine): string => `${pid}:${seq}`;

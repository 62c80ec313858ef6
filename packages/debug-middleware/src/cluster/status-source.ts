import { inspect } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Bus } from '../options.ts';
import type { StatusEntryView, StatusView } from '../view.ts';
import type { Source } from './source.ts';

/** How long the processes may take, ms; who is late is an entry that says so. */
const DEADLINE = 800;
/** Characters of one value that are shown. */
const LONGEST_VALUE = 2_000;

/** Every status that is registered, of every process that has registered it. */
export class StatusSource implements Source<StatusView[], StatusView[]> {
  readonly #bus: Bus;
  #statuses: StatusView[] = [];

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  whole(): StatusView[] {
    return this.#statuses;
  }

  async look(): Promise<StatusView[] | undefined> {
    const directory = await this.#bus.request('master', 'status.directory', undefined, { timeout: DEADLINE });
    const names = [...new Set(directory.flatMap(([, names]) => names))].sort();
    const statuses = await Promise.all(
      names.map(name =>
        this.#ask(
          name,
          directory.flatMap(([pid, names]) => (names.includes(name) ? [pid] : [])),
        ),
      ),
    );
    const hasChanged = JSON.stringify(statuses) !== JSON.stringify(this.#statuses);
    this.#statuses = statuses;
    return hasChanged ? statuses : undefined;
  }

  async #ask(name: string, pids: readonly number[]): Promise<StatusView> {
    const answers = await this.#bus.gather(pids, 'status.view', { name }, { timeout: DEADLINE });
    const entries = answers.map(answer => ('error' in answer ? failed(answer) : shown(answer)));
    return { name, entries: entries.sort((a, b) => a.pid - b.pid) };
  }
}

const failed = ({ pid, error }: { pid: number; error: Error }): StatusEntryView => ({ pid, error: messageOf(error) });

function shown({ pid, value }: { pid: number; value: unknown }): StatusEntryView {
  if (typeof value === 'number') return { pid, value };
  const text = typeof value === 'string' ? value : inspect(value, { breakLength: 80 });
  return { pid, value: text.slice(0, LONGEST_VALUE) };
}

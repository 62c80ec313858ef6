import type { Client } from './client.ts';
import { malformed, noAnswer } from './errors.ts';
import { namesIn, STATUS_CHANGE, STATUS_NAMES } from './status-directory.ts';
import { within } from './within.ts';

/** A process's copy of the master's directory; the master's is in `status-directory.ts`. */
export class KnownStatuses {
  readonly #client: Client;
  readonly #own: ReadonlyMap<string, unknown>;
  readonly #directory = new Map<number, readonly string[]>();
  /** Changes are told, but what was registered before this process came has to be asked for. */
  #isComplete = false;
  #fetching: Promise<void> | undefined;

  /** @param own what this process has registered, by name */
  constructor(client: Client, own: ReadonlyMap<string, unknown>) {
    this.#client = client;
    this.#own = own;
    client.onEvent(STATUS_CHANGE, ([pid, names]) => this.#learn(pid, names));
    client.on('connected', () => this.#begin());
    client.on('disconnected', () => this.#forget());
    if (client.state === 'connected') this.#begin();
  }

  /** Tells the master what this process has registered. */
  announce(): void {
    this.#client.emit('master', STATUS_NAMES, [[...this.#own.keys()]]);
  }

  /** Resolves when the names of all processes are here. @throws TROUPE_ERR_IPC_NO_ANSWER after `wait` ms */
  async complete(wait: number): Promise<void> {
    if (this.#client.state === 'local' || this.#isComplete) return;
    await within(this.#fetch(), wait, () => noAnswer('status.directory', [], wait));
  }

  names(): string[] {
    return [...new Set([...this.#own.keys(), ...[...this.#directory.values()].flat()])];
  }

  /** The processes that have registered it: this one first, the others in the order in which they registered. */
  holders(name: string): number[] {
    const { pid } = this.#client;
    const others = [...this.#directory].flatMap(([other, names]) =>
      other !== pid && names.includes(name) ? [other] : [],
    );
    return this.#own.has(name) ? [pid, ...others] : others;
  }

  #begin(): void {
    this.#forget();
    if (this.#own.size > 0) this.announce();
    // If it fails, whoever asks next tries again, and hears of it.
    this.#fetch().catch(() => undefined);
  }

  #forget(): void {
    this.#directory.clear();
    this.#isComplete = false;
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#client
      .request('master', 'status.directory', undefined)
      .then(entries => {
        // A change that was told meanwhile may be newer than the answer, and is never older.
        for (const [pid, names] of entries) if (!this.#directory.has(pid)) this.#learn(pid, names);
        this.#isComplete = true;
      })
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }

  #learn(pid: unknown, names: unknown): void {
    if (typeof pid !== 'number') throw malformed('statuses must be those of a pid');
    const registered = namesIn(names);
    // While the answer of the master is awaited, it has to be remembered that somebody has none any more.
    if (registered.length > 0 || !this.#isComplete) this.#directory.set(pid, registered);
    else this.#directory.delete(pid);
  }
}

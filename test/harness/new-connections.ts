import { get } from './clients.ts';

/** A request whose connection is given no answer for so long hangs, ms. */
const HUNG = 8_000;

/** What became of requests on a new connection each: how many each worker answered, and why the others failed. */
export class NewConnections {
  readonly answers = new Map<string, number>();
  readonly failed: string[] = [];
  readonly #lanes: Promise<void>[];
  readonly #watchers = new Set<() => void>();
  #running = true;

  /** @param lanes requests at a time */
  constructor(port: number, lanes: number) {
    this.#lanes = Array.from({ length: lanes }, () => this.#lane(port));
  }

  get answered(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when so many more requests have been answered. */
  async more(count: number): Promise<void> {
    const goal = this.answered + count;
    await new Promise<void>(resolve => {
      const look = () => {
        if (this.answered < goal) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }

  async stop(): Promise<this> {
    this.#running = false;
    await Promise.all(this.#lanes);
    return this;
  }

  async #lane(port: number): Promise<void> {
    while (this.#running) {
      const answer = await askOnce(port);
      if ('pid' in answer) this.answers.set(answer.pid, (this.answers.get(answer.pid) ?? 0) + 1);
      else this.failed.push(answer.failure);
      for (const look of this.#watchers) look();
    }
  }
}

/** One request on a connection of its own; `failure` is `hung` where nothing came back. */
export async function askOnce(port: number, path = '/'): Promise<{ pid: string } | { failure: string }> {
  const signal = AbortSignal.timeout(HUNG);
  try {
    const { body } = await get({ port, path, signal });
    return { pid: body };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { failure: signal.aborted ? 'hung' : (code ?? message) };
  }
}

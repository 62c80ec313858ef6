import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { RunnerError } from '../errors.ts';

type Variables = Record<string, string>;

/**
 * What `envFile` adds to the environment of workers. It is read at the start and for each reload; workers of a generation
 * get what was read for it, whenever they are forked.
 */
export class WorkerEnvironment {
  readonly #file: string | undefined;
  #current: Variables = {};
  #next: Variables = {};

  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Reads the file for the generation that comes next. @throws TROUPE_ERR_ENV_FILE */
  async read(): Promise<void> {
    if (this.#file === undefined) return;
    try {
      const parsed = parseEnv(await readFile(this.#file, 'utf8'));
      this.#next = Object.fromEntries(
        Object.entries(parsed).filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
    } catch (error) {
      throw new RunnerError('TROUPE_ERR_ENV_FILE', `envFile ${this.#file} cannot be read; nothing was changed`, {
        cause: error,
      });
    }
  }

  /** The next generation is the cluster now. */
  commit(): void {
    this.#current = this.#next;
  }

  variables(isNext: boolean): Variables {
    return isNext ? this.#next : this.#current;
  }
}

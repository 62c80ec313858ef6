import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * `master.pid` and `worker.<n>.pid` in a directory, as cluster2 0.4 wrote them; `<n>` is the worker's place, 1 to
 * `noWorkers`. Files are removed with their processes.
 */
export class PidFiles {
  readonly #directory: string;
  readonly #onError: (error: unknown) => void;
  readonly #written = new Map<string, number>();
  #turn: Promise<void> = Promise.resolve();

  private constructor(directory: string, onError: (error: unknown) => void) {
    this.#directory = directory;
    this.#onError = onError;
  }

  static async create(directory: string, onError: (error: unknown) => void): Promise<PidFiles> {
    await mkdir(directory, { recursive: true });
    const files = new PidFiles(directory, onError);
    await files.#write('master.pid', process.pid);
    return files;
  }

  /** The pids that stand in the slots now; writes happen one after the other. */
  workers(slots: ReadonlyMap<number, number>): void {
    const wanted = new Map([...slots].map(([slot, pid]) => [`worker.${slot + 1}.pid`, pid]));
    this.#next(async () => {
      for (const [name, pid] of wanted) await this.#write(name, pid);
      for (const name of this.#written.keys()) if (name !== 'master.pid' && !wanted.has(name)) await this.#remove(name);
    });
  }

  close(): Promise<void> {
    return this.#next(async () => {
      for (const name of this.#written.keys()) await this.#remove(name);
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch(this.#onError);
    return this.#turn;
  }

  async #write(name: string, pid: number): Promise<void> {
    if (this.#written.get(name) === pid) return;
    const path = join(this.#directory, name);
    // Whoever reads it meanwhile finds the former pid or this one, never half a file.
    await writeFile(`${path}.new`, `${pid}\n`);
    await rename(`${path}.new`, path);
    this.#written.set(name, pid);
  }

  async #remove(name: string): Promise<void> {
    await rm(join(this.#directory, name), { force: true });
    this.#written.delete(name);
  }
}

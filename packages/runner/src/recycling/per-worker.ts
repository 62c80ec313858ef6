import { connect, type Heartbeat } from '@troupe/ipc';

/** What an assertion remembers of each worker; forgotten when the worker dies. */
export class PerWorker<T> {
  readonly #begin: (heartbeat: Heartbeat) => T;
  readonly #memories = new Map<number, T>();

  /** `begin` makes the memory of a worker at its first heartbeat. */
  constructor(begin: (heartbeat: Heartbeat) => T) {
    this.#begin = begin;
  }

  get size(): number {
    return this.#memories.size;
  }

  of(heartbeat: Heartbeat): T {
    const { pid } = heartbeat;
    const known = this.#memories.get(pid);
    if (known !== undefined) return known;
    const memory = this.#begin(heartbeat);
    this.#memories.set(pid, memory);
    // Not through the emitter: the application may remove all of its listeners.
    const forget = connect().onEvent(`worker-${pid}-died`, () => {
      this.#memories.delete(pid);
      forget();
    });
    return memory;
  }
}

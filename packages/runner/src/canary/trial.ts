import type { WorkDone } from '@troupe/ipc';
import type { Observation } from './judge.ts';

/** V8 collects more often than every so many looks when a heap grows: the least of them is what it does not get below. */
const LOOKS = 3;

interface Seen {
  first: WorkDone;
  last: WorkDone;
  /** The last few sizes of its heap. */
  heaps: number[];
}

/** What some workers do from the first look on. One that does not answer is left out until it does. */
export class Trial {
  readonly #pids: readonly number[];
  readonly #seen = new Map<number, Seen>();

  constructor(pids: readonly number[]) {
    this.#pids = pids;
  }

  /** Whether anybody has answered. */
  get isSeen(): boolean {
    return this.#seen.size > 0;
  }

  async look(ask: (pid: number) => Promise<WorkDone>): Promise<void> {
    const answers = await Promise.allSettled(this.#pids.map(async pid => ({ pid, done: await ask(pid) })));
    for (const answer of answers) if (answer.status === 'fulfilled') this.#note(answer.value.pid, answer.value.done);
  }

  observation(): Observation {
    const all: Observation = { requests: 0, errors: 0, durations: 0, heap: 0 };
    for (const { first, last, heaps } of this.#seen.values()) {
      all.requests += last.transactions - first.transactions;
      all.errors += last.errors - first.errors;
      all.durations += last.durations - first.durations;
      all.heap = Math.max(all.heap, Math.min(...heaps));
    }
    return all;
  }

  #note(pid: number, done: WorkDone): void {
    const before = this.#seen.get(pid);
    const heaps = [...(before?.heaps ?? []), done.heap].slice(-LOOKS);
    this.#seen.set(pid, { first: before?.first ?? done, last: done, heaps });
  }
}

import type { Change, Changes } from './changes.ts';
import type { Entries, Entry } from './entries.ts';
import type { Surroundings } from './surroundings.ts';

/** So many entries at a time are removed, so that nobody waits long in between. */
const SWEEP = 1_000;

/** Removes entries that nobody in particular wants to be rid of, in their turn. */
export class Removals {
  readonly #entries: Entries;
  readonly #changes: Changes;
  readonly #around: Surroundings;
  readonly #spared: (key: string) => boolean;

  constructor(entries: Entries, changes: Changes, around: Surroundings) {
    this.#entries = entries;
    this.#changes = changes;
    this.#around = around;
    this.#spared = key => changes.pending(key);
  }

  /** Makes room when there is too much; `evicted` hears of each that went. */
  evict(now: number, evicted: () => void): void {
    while (this.#entries.isFull) {
      const entry = this.#entries.excess(this.#spared);
      if (entry === undefined) return;
      this.#entries.dismiss(entry);
      this.#remove(entry, now, made => {
        if (made) evicted();
      });
    }
  }

  /** Removes what is here now; `done` when nothing of it is left anywhere. What comes meanwhile stays. */
  all(now: number, done: () => void): void {
    const { version } = this.#entries;
    let outstanding = 1;
    const settle = () => {
      outstanding--;
      if (outstanding === 0) done();
    };
    const sweep = (cursor: number, at: number) => {
      const { values, next } = this.#entries.page(cursor, SWEEP);
      for (const entry of values) {
        if (entry.version > version) continue;
        outstanding++;
        this.#remove(entry, at, settle);
      }
      if (next === undefined) settle();
      else this.#around.at(at, { due: later => sweep(next, later) });
    };
    sweep(0, now);
  }

  /** Removes an entry, unless it has changed until its turn comes. */
  #remove(entry: Entry, now: number, done: (made: boolean) => void): void {
    const { key, version } = entry;
    const change: Change = {
      by: undefined,
      decide: () => {
        if (!entry.gone && entry.version === version) return undefined;
        done(false);
        return null;
      },
      made: () => done(true),
      failed: () => done(false),
    };
    this.#changes.submit(key, change, now);
  }
}

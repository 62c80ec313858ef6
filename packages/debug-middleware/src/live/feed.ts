import type { Source } from '../cluster/source.ts';
import { messageOf } from '../errors.ts';

/** Looks at a source again and again, for as long as somebody watches. */
export class Feed<Whole, Delta> {
  readonly #source: Source<Whole, Delta>;
  readonly #interval: number;
  readonly #changed: (delta: Delta) => void;
  #watchers = 0;
  #round: Promise<void> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;

  /** @param interval ms between two looks */
  constructor(source: Source<Whole, Delta>, interval: number, changed: (delta: Delta) => void) {
    this.#source = source;
    this.#interval = interval;
    this.#changed = changed;
  }

  /** Resolves when what {@link whole} tells is no older than two looks. */
  async watch(): Promise<void> {
    this.#watchers += 1;
    if (performance.now() - this.#lookedAt < 2 * this.#interval) return this.#schedule();
    await this.#look();
  }

  unwatch(): void {
    this.#watchers -= 1;
    if (this.#watchers === 0) this.close();
  }

  /** Looks at once, and not only when it is time: somebody has changed something. */
  refresh(): void {
    if (this.#watchers === 0) return;
    const look = () => {
      this.close();
      return this.#look();
    };
    void (this.#round?.then(look) ?? look());
  }

  whole(): Whole {
    return this.#source.whole();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** One look at a time, whoever asks. */
  #look(): Promise<void> {
    this.#round ??= this.#lookOnce().finally(() => {
      this.#round = undefined;
      this.#schedule();
    });
    return this.#round;
  }

  async #lookOnce(): Promise<void> {
    try {
      const delta = await this.#source.look();
      this.#failing = false;
      if (delta !== undefined) this.#changed(delta);
    } catch (error) {
      if (!this.#failing) process.emitWarning(`The live page does not get what it shows: ${messageOf(error)}`);
      this.#failing = true;
    }
    this.#lookedAt = performance.now();
  }

  #schedule(): void {
    if (this.#watchers === 0 || this.#timer !== undefined || this.#round !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, this.#interval).unref();
  }
}

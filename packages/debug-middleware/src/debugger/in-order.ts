import { messageOf } from '../errors.ts';

/** A line, or how to make it. */
export type Line = string | (() => Promise<string>);

/** Lets lines out in the order in which they came, though some have to be made first: one at a time, when it is their turn. */
export class InOrder {
  readonly #out: (line: string) => void;
  readonly #waiting: Line[] = [];
  #isMaking = false;

  constructor(out: (line: string) => void) {
    this.#out = out;
  }

  push(line: Line): void {
    if (!this.#isMaking && typeof line === 'string') return this.#out(line);
    this.#waiting.push(line);
    if (!this.#isMaking) void this.#make();
  }

  async #make(): Promise<void> {
    this.#isMaking = true;
    for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) {
      try {
        this.#out(typeof line === 'string' ? line : await line());
      } catch (problem) {
        process.emitWarning(`A debugger misses a message that could not be made: ${messageOf(problem)}`);
      }
    }
    this.#isMaking = false;
  }
}

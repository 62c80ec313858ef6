import type { Question } from './question.ts';
import type { Reader } from './reader.ts';
import type { Source } from './reading.ts';
import { isSettled, stampOf, usualPlaces } from './stamp.ts';

/** Answers that are kept. A page, its JSON and two bills of materials are four; the rest is for questions about packages. */
const MAX_KEPT = 16;

/** Answers from memory until something changes; who asks the same at the same time shares one reading. */
export class Answers {
  readonly #reader: Pick<Reader, 'read'>;
  readonly #usual: readonly string[];
  readonly #kept = new Map<string, Promise<string>>();
  #places: readonly string[];
  /** Of the places when they were last read; undefined when it is not known what was read of them. */
  #stamp: string | undefined;
  #generation = 0;

  constructor(reader: Pick<Reader, 'read'>, directory: string) {
    this.#reader = reader;
    this.#usual = usualPlaces(directory);
    this.#places = this.#usual;
  }

  /** @throws TROUPE_ERR_DEPS_THREAD */
  async to(question: Question): Promise<string> {
    const places = this.#places;
    const { text: stamp } = await stampOf(places);
    // Somebody else may have begun a reading, or finished one, while this looked.
    if (places === this.#places && stamp !== this.#stamp) this.#readAgain(stamp);
    const key = JSON.stringify(question);
    const answer = this.#kept.get(key) ?? this.#ask(question, key);
    this.#keep(key, answer);
    return answer;
  }

  #readAgain(stamp: string): void {
    this.#kept.clear();
    this.#generation++;
    this.#stamp = stamp;
  }

  async #ask(question: Question, key: string): Promise<string> {
    const generation = this.#generation;
    try {
      const { text, source } = await this.#reader.read(question, generation);
      if (generation === this.#generation) await this.#watch(source, generation);
      return text;
    } catch (error) {
      if (generation === this.#generation) this.#kept.delete(key);
      throw error;
    }
  }

  /** From now on a change of anything that was read counts. */
  async #watch({ places, began }: Source, generation: number): Promise<void> {
    const watched = [...new Set([...this.#usual, ...places])];
    const stamp = await stampOf(watched);
    if (generation !== this.#generation) return;
    this.#places = watched;
    this.#stamp = isSettled(stamp, began) ? stamp.text : undefined;
  }

  /** The last one asked for is the last one to go. */
  #keep(key: string, answer: Promise<string>): void {
    this.#kept.delete(key);
    this.#kept.set(key, answer);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}

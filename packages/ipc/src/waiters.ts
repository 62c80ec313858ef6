import { malformed, messageOf, noAnswer, noPeer } from './errors.ts';
import type { Waiter } from './pending.ts';
import { isGroup, isPid, nameOf } from './targets.ts';

/** What one process answered. */
export type Answer<T> = { pid: number; value: T } | { pid: number; error: Error };

/** Waits for the answer of one process. */
export class SingleWaiter implements Waiter {
  readonly promise: Promise<unknown>;
  readonly #expired: () => Error;
  #resolve: (value: unknown) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  /** @param expired what to reject with at the deadline */
  constructor(expired: () => Error) {
    this.#expired = expired;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  routed(): boolean {
    return false;
  }

  reply(_from: number, value: () => unknown): boolean {
    try {
      this.#resolve(value());
    } catch (problem) {
      this.#reject(malformed(messageOf(problem)));
    }
    return true;
  }

  failure(_from: number, error: Error): boolean {
    this.#reject(error);
    return true;
  }

  expire(): void {
    this.#reject(this.#expired());
  }

  abort(error: Error): void {
    this.#reject(error);
  }
}

/** Waits for the answers of several; whoever does not answer is an entry with an error. */
export class GatherWaiter implements Waiter {
  readonly promise: Promise<Answer<unknown>[]>;
  readonly #name: string;
  readonly #timeout: number;
  readonly #answers: Answer<unknown>[] = [];
  /** Who was asked by pid: an entry in the result even when nobody has that pid. */
  readonly #named: readonly number[];
  /** Only one process was asked, so the broker does not list it. */
  readonly #isAlone: boolean;
  /** Who has yet to answer; unknown until the broker has told. */
  #outstanding: number[] | undefined;
  #resolve: (answers: Answer<unknown>[]) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  /** @param targets groups and pids */
  constructor(name: string, targets: readonly number[], timeout: number) {
    this.#name = name;
    this.#named = targets.filter(isPid);
    this.#isAlone = targets.length === 1 && !targets.some(isGroup);
    this.#timeout = timeout;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  routed(pids: readonly number[]): boolean {
    this.#outstanding = [...pids];
    for (const pid of this.#named) {
      if (!pids.includes(pid)) this.#answers.push({ pid, error: noPeer(nameOf(pid)) });
    }
    return this.#isOver();
  }

  reply(pid: number, value: () => unknown): boolean {
    try {
      return this.#add({ pid, value: value() });
    } catch (problem) {
      return this.#add({ pid, error: malformed(messageOf(problem)) });
    }
  }

  failure(pid: number, error: Error): boolean {
    if (pid !== 0) return this.#add({ pid, error });
    this.abort(error);
    return true;
  }

  expire(): void {
    const silent = this.#outstanding;
    this.#finish(pid => noAnswer(this.#name, [pid], this.#timeout), noAnswer(this.#name, silent ?? [], this.#timeout));
  }

  abort(error: Error): void {
    this.#finish(() => error, error);
  }

  #add(answer: Answer<unknown>): boolean {
    this.#answers.push(answer);
    const at = this.#outstanding?.indexOf(answer.pid) ?? -1;
    if (at >= 0) this.#outstanding?.splice(at, 1);
    return this.#isOver();
  }

  #isOver(): boolean {
    const answered = this.#isAlone ? this.#answers.length > 0 : this.#outstanding?.length === 0;
    if (!answered) return false;
    this.#resolve(this.#answers);
    return true;
  }

  /** Only when not even the broker said whom the request went to is there nothing to resolve with. */
  #finish(errorOf: (pid: number) => Error, unknown: Error): void {
    if (this.#outstanding === undefined) this.#reject(unknown);
    else this.#resolve([...this.#answers, ...this.#outstanding.map(pid => ({ pid, error: errorOf(pid) }))]);
  }
}

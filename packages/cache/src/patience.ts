import { TroupePromise } from '@troupe/ipc';
import type { Settle, Waiting } from './client/call.ts';
import { noManager, outcomeUnknown, timedOut } from './errors.ts';
import { checkWait } from './options.ts';

/** Begins an operation; what it throws rejects the call. */
type Begin<T> = (settle: Settle<T>) => Waiting;

interface Line {
  readonly connection: number;
  readonly problem: Error | undefined;
}

/** Operations as promises that wait no longer than they may. While somebody waits, the process stays alive. */
export class Patience {
  readonly #what: string;
  readonly #line: Line;
  readonly #usual: number;

  /** @param usual ms */
  constructor(what: string, line: Line, usual: number) {
    this.#what = what;
    this.#line = line;
    this.#usual = usual;
  }

  /** For what changes nothing. */
  read<T>(what: string, wait: number | undefined, begin: Begin<T>): TroupePromise<T> {
    return this.#within(wait, begin, (ms, waiting) => {
      waiting.abandon();
      return this.#late(what, ms, waiting);
    });
  }

  /** For what may have been done although nobody heard of it. */
  change<T>(what: string, wait: number | undefined, begin: Begin<T>): TroupePromise<T> {
    return this.#within(wait, begin, (ms, waiting) => {
      const sent = waiting.abandon();
      if (!sent) return this.#late(what, ms, waiting);
      return outcomeUnknown(`${what} in ${this.#what}`, `it was not acknowledged within ${ms} ms`);
    });
  }

  /** For several reads in a row, which have one limit in common. */
  all<T>(
    what: string,
    wait: number | undefined,
    work: (within: <S>(begin: Begin<S>) => TroupePromise<S>) => Promise<T>,
  ): TroupePromise<T> {
    const inTime = async () => {
      const until = performance.now() + checkWait(wait ?? this.#usual);
      return work(begin => this.read(what, Math.max(1, until - performance.now()), begin));
    };
    return TroupePromise.resolve(inTime()) as TroupePromise<T>;
  }

  #within<T>(
    wait: number | undefined,
    begin: Begin<T>,
    late: (ms: number, waiting: Waiting) => Error,
  ): TroupePromise<T> {
    return new TroupePromise((resolve, reject) => {
      const ms = checkWait(wait ?? this.#usual);
      const patient = new Patient(resolve, reject);
      patient.wait(begin(patient), ms, late);
    });
  }

  #late(what: string, ms: number, { waitsFor }: Waiting): Error {
    if (this.#line.connection === 0) return noManager(ms, this.#line.problem);
    return timedOut(`${what} in ${this.#what}`, ms, waitsFor);
  }
}

/** One who waits. What comes of it after his time was over he does not hear. */
class Patient<T> implements Settle<T> {
  readonly #resolve: (value: T) => void;
  readonly #reject: (problem: Error) => void;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(resolve: (value: T) => void, reject: (problem: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  wait(waiting: Waiting, ms: number, late: (ms: number, waiting: Waiting) => Error): void {
    if (this.#isOver) return;
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.#reject(late(ms, waiting));
    }, ms);
  }

  resolve(value: T): void {
    clearTimeout(this.#timer);
    this.#isOver = true;
    this.#resolve(value);
  }

  reject(problem: Error): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    this.#isOver = true;
    this.#reject(problem);
  }
}

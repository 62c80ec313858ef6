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
      let isOver = false;
      let timer: NodeJS.Timeout | undefined;
      const over = () => {
        isOver = true;
        clearTimeout(timer);
      };
      const waiting = begin({
        resolve: value => {
          over();
          resolve(value);
        },
        reject: problem => {
          // What comes of it after its time was over is not what the caller should hear.
          if (!isOver) reject(problem);
          over();
        },
      });
      if (isOver) return;
      timer = setTimeout(() => {
        isOver = true;
        reject(late(ms, waiting));
      }, ms);
    });
  }

  #late(what: string, ms: number, { waitsFor }: Waiting): Error {
    if (this.#line.connection === 0) return noManager(ms, this.#line.problem);
    return timedOut(`${what} in ${this.#what}`, ms, waitsFor);
  }
}

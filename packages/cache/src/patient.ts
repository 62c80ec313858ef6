import { TroupePromise } from '@troupe/ipc';
import type { Settle, Waiting } from './client/call.ts';
import type { DeadlineList, Due } from './deadline-list.ts';

/** What the promise that is being made gives to settle it. One function for all of them: there are many. */
let resolveMade: (value: unknown) => void = () => undefined;
let rejectMade: (problem: Error) => void = () => undefined;
const take = (resolve: (value: unknown) => void, reject: (problem: Error) => void): void => {
  resolveMade = resolve;
  rejectMade = reject;
};

/** An operation, for those who speak of it. */
interface Operation {
  /** As a person would call it. */
  readonly what: string;
  /** Whether it may have been done although nobody heard of it. */
  readonly isChange: boolean;
}

/** Says what it means that a time is over. */
export type Late = (operation: Operation, ms: number, waiting: Waiting, sent: boolean) => Error;

/**
 * An operation that somebody waits for: a promise, and its deadline. What comes of it after his time was over he does not
 * hear. There are many, so it is one object.
 */
export abstract class Patient<T, R> implements Settle<T>, Due, Operation {
  readonly promise: TroupePromise<R>;
  isOver = false;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  readonly #resolve: (value: R) => void;
  readonly #reject: (problem: Error) => void;
  #waiting: Waiting | undefined;
  #deadlines: DeadlineList | undefined;
  #late: Late | undefined;

  constructor() {
    this.promise = new TroupePromise<R>(take as never);
    this.#resolve = resolveMade;
    this.#reject = rejectMade;
  }

  abstract get what(): string;
  abstract get isChange(): boolean;
  /** Begins it; what this throws rejects the promise. */
  abstract begin(): Waiting;
  /** What the promise resolves with. */
  protected abstract valueOf(result: T): R;

  /** From here on it has a deadline. */
  wait(waiting: Waiting, deadlines: DeadlineList, late: Late): void {
    this.#waiting = waiting;
    this.#late = late;
    this.#deadlines = deadlines;
    // The clock that has just been read need not be read again: that takes as long as all the rest here.
    deadlines.add(this, waiting.sentAt || performance.now());
  }

  resolve(result: T): void {
    if (this.isOver) return;
    this.#end();
    try {
      this.#resolve(this.valueOf(result));
    } catch (problem) {
      this.#reject(problem as Error);
    }
  }

  reject(problem: Error): void {
    if (this.isOver) return;
    this.#end();
    this.#reject(problem);
  }

  expire(): void {
    const waiting = this.#waiting as Waiting;
    this.isOver = true;
    const sent = waiting.abandon();
    this.#reject((this.#late as Late)(this, this.#deadlines?.ms ?? 0, waiting, sent));
  }

  #end(): void {
    this.isOver = true;
    this.#deadlines?.remove(this);
  }
}

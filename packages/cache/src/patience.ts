import { TroupePromise } from '@troupe/ipc';
import type { Settle, Waiting } from './client/call.ts';
import { DeadlineList } from './deadline-list.ts';
import { noManager, outcomeUnknown, timedOut } from './errors.ts';
import { checkWait } from './options.ts';
import { type Late, Patient } from './patient.ts';

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
  readonly #usual: DeadlineList;
  /** For calls that said how long they wait. */
  readonly #others = new Map<number, DeadlineList>();
  readonly #late: Late;

  /** @param usual ms */
  constructor(what: string, line: Line, usual: number) {
    this.#what = what;
    this.#line = line;
    this.#usual = new DeadlineList(usual);
    this.#late = ({ what, isChange }, ms, { waitsFor }, sent) => {
      if (isChange && sent)
        return outcomeUnknown(`${what} in ${this.#what}`, `it was not acknowledged within ${ms} ms`);
      if (this.#line.connection === 0) return noManager(ms, this.#line.problem);
      return timedOut(`${what} in ${this.#what}`, ms, waitsFor);
    };
  }

  /** Begins an operation. @param wait ms @default the usual */
  start<R>(patient: Patient<never, R>, wait: number | undefined): TroupePromise<R> {
    try {
      const deadlines = wait === undefined ? this.#usual : this.#deadlinesOf(checkWait(wait));
      const waiting = patient.begin();
      if (!patient.isOver) patient.wait(waiting, deadlines, this.#late);
    } catch (problem) {
      patient.reject(problem as Error);
    }
    return patient.promise;
  }

  /** For what changes nothing. */
  read<T>(what: string, wait: number | undefined, begin: Begin<T>): TroupePromise<T> {
    return this.start(new Simple(what, false, begin), wait);
  }

  /** For what may have been done although nobody heard of it. */
  change<T>(what: string, wait: number | undefined, begin: Begin<T>): TroupePromise<T> {
    return this.start(new Simple(what, true, begin), wait);
  }

  /** For several reads in a row, which have one limit in common. */
  all<T>(
    what: string,
    wait: number | undefined,
    work: (within: <S>(begin: Begin<S>) => TroupePromise<S>) => Promise<T>,
  ): TroupePromise<T> {
    const inTime = async () => {
      const until = performance.now() + checkWait(wait ?? this.#usual.ms);
      return work(begin => this.read(what, Math.max(1, Math.ceil(until - performance.now())), begin));
    };
    return TroupePromise.resolve(inTime()) as TroupePromise<T>;
  }

  /** A list lasts as long as somebody is in it. */
  #deadlinesOf(ms: number): DeadlineList {
    const known = this.#others.get(ms);
    if (known !== undefined) return known;
    const list = new DeadlineList(ms, () => {
      list.close();
      this.#others.delete(ms);
    });
    this.#others.set(ms, list);
    return list;
  }
}

class Simple<T> extends Patient<T, T> {
  readonly what: string;
  readonly isChange: boolean;
  readonly #begin: Begin<T>;

  constructor(what: string, isChange: boolean, begin: Begin<T>) {
    super();
    this.what = what;
    this.isChange = isChange;
    this.#begin = begin;
  }

  override begin(): Waiting {
    return this.#begin(this);
  }

  protected override valueOf(result: T): T {
    return result;
  }
}

import type { Stored } from '../stored.ts';

/** A change that is to outlive the manager. */
export interface StoreOrder {
  /** What {@link ManagerCore.stored} is told when it is done. */
  ticket: number;
  cache: string;
  key: string;
  /** Nothing: it is to be removed. */
  content: { value: Stored; expiresAt: number } | undefined;
}

/** What the core does to the world. */
export interface Effects {
  store(order: StoreOrder): void;
}

/** Calls back at a time. */
export interface Timer {
  due(now: number): void;
}

/** Has put something off. */
export interface Flushed {
  flush(): void;
}

/** What the parts of the core share. */
export interface Surroundings {
  /** No change takes effect before: processes may hold copies that a manager before this one gave them. */
  readonly quietUntil: number;
  /** A number that no load and no recall had before, in this manager or the one before it. */
  nextToken(): number;
  at(time: number, timer: Timer): void;
  /** Calls `flush` when all that is to be done together is done. */
  afterwards(what: Flushed): void;
  /** Calls `done` when the change will survive, or with the reason why it will not. */
  store(order: Omit<StoreOrder, 'ticket'>, done: (problem: string | undefined, now: number) => void): void;
}

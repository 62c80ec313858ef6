import type { Call } from './call.ts';

/** With so many places, an empty table begins small again. */
const MANY = 65_536;

/** The calls that wait for an answer, by their ids: small numbers that are given again once the answer is there. */
export class CallTable {
  /** Nobody has the id 0: what bears it has no answer. */
  #calls: (Call | undefined)[] = [undefined];
  #free: number[] = [];

  get size(): number {
    return this.#calls.length - 1 - this.#free.length;
  }

  /** Returns the call's id. */
  add(call: Call): number {
    const id = this.#free.pop() ?? this.#calls.length;
    this.#calls[id] = call;
    return id;
  }

  /** Takes out who has this id; nothing when nobody has. */
  take(id: number): Call | undefined {
    if (id >= this.#calls.length) return undefined;
    const call = this.#calls[id];
    if (call === undefined) return undefined;
    this.#calls[id] = undefined;
    this.#free.push(id);
    if (this.#free.length >= MANY && this.size === 0) this.takeAll();
    return call;
  }

  /** Takes out all of them. */
  takeAll(): Call[] {
    const calls = this.#calls.filter(call => call !== undefined);
    this.#calls = [undefined];
    this.#free = [];
    return calls;
  }
}

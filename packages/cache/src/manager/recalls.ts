import { Kind, type Message } from '../protocol.ts';
import type { Surroundings, Timer } from './surroundings.ts';

/** Waits until a process has dropped a copy. */
export interface Dropping {
  dropped(now: number): void;
}

/** Copies that a process is told to drop with one message, and says with one that it has. */
interface Batch {
  readonly token: number;
  /** The number of the cache. */
  readonly cache: number;
  /** When its lease ends: it reads none of them any longer then, whether it has answered or not. */
  readonly until: number;
  readonly waits: Dropping[];
  /** Until it is sent. */
  keys: string[];
  characters: number;
}

/** A batch is sent when it has so many keys or characters, so that a message stays small. */
const MOST_KEYS = 512;
const MOST_CHARACTERS = 2_048;
/** So many places of batches that are over may stay before they are cleared away. */
const DONE = 256;

/** The copies that one process is to drop. */
export class Recalls implements Timer {
  readonly #around: Surroundings;
  readonly #send: (message: Message) => void;
  /** In the order in which they are sent, which is that of their tokens and of their ends; before `#done` there are none. */
  #batches: (Batch | undefined)[] = [];
  #done = 0;
  #open: Batch | undefined;
  #isTimed = false;

  constructor(around: Surroundings, send: (message: Message) => void) {
    this.#around = around;
    this.#send = send;
  }

  /**
   * @param cache its number
   * @param until when the lease of the process ends, ms of the manager's clock
   * @param waits hears that the copy is dropped, or that the lease has ended; nobody if it has ended already
   */
  add(cache: number, key: string, until: number, waits: Dropping | undefined): void {
    if (this.#open !== undefined && (this.#open.cache !== cache || this.#open.until !== until)) this.flush();
    const batch = this.#open ?? this.#begin(cache, until);
    batch.keys.push(key);
    batch.characters += key.length;
    if (waits !== undefined) batch.waits.push(waits);
    if (batch.keys.length >= MOST_KEYS || batch.characters >= MOST_CHARACTERS) this.flush();
  }

  /** Sends what is not sent yet: before anything else is, and when what was to be done together is done. */
  flush(): void {
    const batch = this.#open;
    if (batch === undefined) return;
    this.#open = undefined;
    const { cache, token, keys } = batch;
    batch.keys = NOTHING;
    this.#send({ kind: Kind.recall, id: 0, cache, flags: 0, token, keys });
  }

  /** The process has done what all up to this one said. */
  answer(token: number, now: number): void {
    this.flush();
    for (let next = this.#first; next !== undefined && next.token <= token; next = this.#first) this.#end(next, now);
    this.#clear();
  }

  /** The lease has ended that the first one was waited for until. */
  due(now: number): void {
    this.#isTimed = false;
    this.flush();
    for (let next = this.#first; next !== undefined && next.until <= now; next = this.#first) this.#end(next, now);
    this.#clear();
    this.#time();
  }

  get #first(): Batch | undefined {
    return this.#batches[this.#done];
  }

  #begin(cache: number, until: number): Batch {
    const token = this.#around.nextToken();
    const batch: Batch = { token, cache, until, waits: [], keys: [], characters: 0 };
    this.#open = batch;
    this.#batches.push(batch);
    this.#around.afterwards(this);
    this.#time();
    return batch;
  }

  #end({ waits }: Batch, now: number): void {
    // Nobody who has waited is held on to, however long the next answer takes.
    this.#batches[this.#done++] = undefined;
    for (const each of waits) each.dropped(now);
  }

  /** One time for all of them: that of the first. */
  #time(): void {
    const first = this.#first;
    if (this.#isTimed || first === undefined) return;
    this.#isTimed = true;
    this.#around.at(first.until, this);
  }

  #clear(): void {
    if (this.#done < DONE || this.#done * 2 < this.#batches.length) return;
    this.#batches = this.#batches.slice(this.#done);
    this.#done = 0;
  }
}

const NOTHING: string[] = [];

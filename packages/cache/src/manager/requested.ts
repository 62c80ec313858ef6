/** The changes that processes ask for, each as one object that says what it comes to when its turn has come. */
import { Flag, Kind, type Message } from '../protocol.ts';
import { keep, type Stored } from '../stored.ts';
import { answer, describe, refuse } from './answers.ts';
import type { Change } from './changes.ts';
import type { Content, Entries, Entry } from './entries.ts';
import type { Loads } from './loads.ts';
import type { Reader } from './peer.ts';

/** What these changes need of their cache. */
export interface Place {
  readonly entries: Entries;
  readonly loads: Loads;
  /** Lets a process keep a copy near, if it wants to and may; returns what it is to be told of that. */
  lend(entry: Entry, reader: Reader, flags: number, now: number): number;
}

/** Somebody's request to change a key. */
abstract class Requested implements Change {
  readonly by: Reader;
  protected readonly place: Place;
  protected readonly id: number;
  protected readonly key: string;

  constructor(place: Place, by: Reader, id: number, key: string) {
    this.place = place;
    this.by = by;
    this.id = id;
    this.key = key;
  }

  abstract decide(now: number): Content | undefined | null;
  abstract made(now: number): void;

  failed(reason: string): void {
    refuse(this.by, this.id, this.key, reason);
  }

  protected answer(kind: Kind, value?: Stored, flags?: number): void {
    answer(this.by, kind, this.id, value, flags);
  }
}

export class SetRequest extends Requested implements Content {
  readonly value: Stored;
  readonly expiresAt: number;
  readonly cost = 0;
  readonly #ifAbsent: boolean;

  constructor(place: Place, by: Reader, { id, flags, value, expire }: Message, key: string, now: number) {
    super(place, by, id, key);
    this.value = keep(value ?? '');
    this.expiresAt = expire ? now + expire : 0;
    this.#ifAbsent = (flags & Flag.ifAbsent) !== 0;
  }

  override decide(now: number): Content | null {
    if (!this.#ifAbsent || !this.place.entries.get(this.key, now)?.isFresh(now)) return this;
    this.answer(Kind.done);
    return null;
  }

  override made(): void {
    this.answer(Kind.done, undefined, Flag.accepted);
  }
}

export class DelRequest extends Requested {
  #old: Stored | undefined;

  override decide(now: number): undefined | null {
    const { entries, loads } = this.place;
    const entry = entries.get(this.key, now);
    this.#old = entry?.isFresh(now) ? entry.value : undefined;
    if (entry !== undefined) return undefined;
    // What is being loaded may be what the caller wants to be rid of.
    loads.pass(this.key, now);
    this.answer(Kind.absent);
    return null;
  }

  override made(): void {
    this.answer(this.#old === undefined ? Kind.absent : Kind.value, this.#old);
  }
}

/** A load is done. */
export class LoadedRequest extends Requested {
  readonly #value: Stored;
  readonly #flags: number;
  readonly #token: number | undefined;
  readonly #expire: number;
  readonly #cost: number;
  readonly #receivedAt: number;

  constructor(place: Place, by: Reader, message: Message, key: string, now: number) {
    super(place, by, message.id, key);
    this.#value = keep(message.value ?? '');
    this.#flags = message.flags;
    this.#token = message.token;
    this.#expire = message.expire ?? 0;
    this.#cost = message.cost ?? 0;
    this.#receivedAt = now;
  }

  override decide(now: number): Content | null {
    if (this.place.loads.isCurrent(this.key, this.#token))
      return { value: this.#value, cost: this.#cost, expiresAt: this.#expire > 0 ? now + this.#expire : 0 };
    this.answer(Kind.fenced);
    return null;
  }

  override made(now: number): void {
    const entry = this.place.entries.get(this.key, now);
    if (entry === undefined) return this.answer(Kind.done, undefined, Flag.accepted);
    const kept = this.place.lend(entry, this.by, this.#flags, now);
    describe(this.by, Kind.done, this.id, kept | Flag.accepted, entry, now);
  }

  override failed(reason: string): void {
    super.failed(reason);
    this.place.loads.pass(this.key, this.#receivedAt);
  }
}

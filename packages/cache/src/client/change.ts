import { outcomeUnknown, quote } from '../errors.ts';
import { Flag, Kind, type Message } from '../protocol.ts';
import type { Stored } from '../stored.ts';
import { Call, type Settle } from './call.ts';

/** The cache that a change is made in. */
export interface Changed {
  readonly name: string;
  readonly number: number;
  /** A change of this key is over. */
  written(key: string): void;
}

/** A change of one key. It is sent once: when no answer comes, nobody knows whether it was made. */
export abstract class Change extends Call {
  readonly #changed: Changed;

  constructor(kind: Kind, changed: Changed, flags: number, key: string) {
    super(kind, changed.number, flags, key, false);
    this.#changed = changed;
  }

  override reply(message: Message): void {
    this.#changed.written(this.key);
    this.answered(message);
  }

  override fail(cause: Error, sent: boolean): void {
    this.#changed.written(this.key);
    this.failed(sent ? this.#unknown(cause) : cause, sent);
  }

  protected abstract answered(message: Message): void;
  /** @param sent it may have been made */
  protected abstract failed(cause: Error, sent: boolean): void;

  #unknown({ message }: Error): Error {
    const what = this.kind === Kind.set ? 'set' : this.kind === Kind.del ? 'del' : 'load';
    return outcomeUnknown(`The ${what} of ${quote(this.key)} in cache ${quote(this.#changed.name)}`, message);
  }
}

/** Resolves with whether it was accepted. */
export class Setting extends Change {
  readonly #settle: Settle<boolean>;

  /** @param expire ms; 0 is for ever */
  constructor(
    changed: Changed,
    key: string,
    value: Stored,
    expire: number,
    ifAbsent: boolean,
    settle: Settle<boolean>,
  ) {
    super(Kind.set, changed, ifAbsent ? Flag.ifAbsent : 0, key);
    this.value = value;
    if (expire > 0) this.expire = expire;
    this.#settle = settle;
  }

  protected override answered({ flags }: Message): void {
    this.#settle.resolve((flags & Flag.accepted) !== 0);
  }

  protected override failed(cause: Error): void {
    this.#settle.reject(cause);
  }
}

/** Resolves with what was there, in bytes that last until `resolve` returns. */
export class Deleting extends Change {
  readonly #settle: Settle<Stored | undefined>;

  constructor(changed: Changed, key: string, settle: Settle<Stored | undefined>) {
    super(Kind.del, changed, 0, key);
    this.#settle = settle;
  }

  protected override answered({ kind, value }: Message): void {
    this.#settle.resolve(kind === Kind.value ? value : undefined);
  }

  protected override failed(cause: Error): void {
    this.#settle.reject(cause);
  }
}

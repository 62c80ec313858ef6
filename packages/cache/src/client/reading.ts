import { encode, messageOf } from '@troupe/ipc/transport';
import { malformed } from '../errors.ts';
import { Flag, Kind, type Message } from '../protocol.ts';
import type { Stored } from '../stored.ts';
import { Call, type Line, type Settle } from './call.ts';
import { Change } from './change.ts';
import type { NearEntry } from './near-store.ts';
import type { Opened } from './opened.ts';
import { failureIn } from './replies.ts';

/** What a reader has found. */
export interface Found {
  /** Nothing: it is not there. It may be a view that lasts until `resolve` returns. */
  value: Stored | undefined;
  /** The copy that is kept near. */
  near: NearEntry | undefined;
}

/** What a loader came to. */
export type Loaded = { value: Stored; expire: number; cost: number } | { error: Error };
/** Makes a value; calls `done` once. */
export type Load = (done: (loaded: Loaded) => void) => void;

const NOTHING: Found = { value: undefined, near: undefined };

/**
 * One read that the near store could not answer. If the manager says so, this process loads the value; when what it has
 * loaded is not wanted any more, because the key has changed meanwhile or the manager is another, it asks again.
 */
export class Reading extends Call {
  readonly #opened: Opened;
  readonly #line: Line;
  readonly #load: Load | undefined;
  readonly #settle: Settle<Found>;
  #loading = false;

  constructor(opened: Opened, line: Line, key: string, load: Load | undefined, settle: Settle<Found>) {
    super(Kind.get, opened.number, 0, key, true);
    this.#opened = opened;
    this.#line = line;
    this.#load = load;
    this.#settle = settle;
  }

  override get waitsFor(): string {
    if (this.#loading) return 'its loader';
    return this.sent && this.#load !== undefined
      ? 'the loader of another process, or the cache manager'
      : super.waitsFor;
  }

  /** Asks the manager. */
  ask(): void {
    this.flags = this.#flags();
    this.#opened.wait(this);
  }

  override reply(message: Message): void {
    const { kind, token, value } = message;
    switch (kind) {
      case Kind.value: {
        this.#found(message, value);
        if (token !== undefined) this.#begin(token, this.#background());
        return;
      }
      case Kind.absent:
        return this.#settle.resolve(NOTHING);
      case Kind.load:
        if (token === undefined || this.#load === undefined) throw malformed('a load that was not asked for');
        this.#loading = true;
        return this.#begin(token, {
          loaded: found => this.#settle.resolve(found),
          failed: problem => this.#settle.reject(problem),
          void: () => this.#again(),
        });
      case Kind.failure:
        return this.#settle.reject(failureIn(value));
      default:
        throw malformed(`${kind} is no answer to a read`);
    }
  }

  override fail(cause: Error): void {
    this.#settle.reject(cause);
  }

  /** What is not kept near need not be recalled. */
  get #keep(): number {
    return this.#opened.near.isOn ? Flag.keep : 0;
  }

  #flags(): number {
    if (this.#load === undefined) return this.#keep;
    const near = this.#opened.near.get(this.key);
    const now = this.#line.now();
    const early = near !== undefined && near.refreshFrom <= now && now < near.until;
    return this.#keep | Flag.load | (early ? Flag.early : 0);
  }

  #found(message: Message, value: Stored = ''): void {
    const near = this.#opened.remember(this.key, value, message, this.sentAt);
    this.#settle.resolve({ value, near });
  }

  /** What is here is served meanwhile; of the load only a failure is of interest. */
  #background(): LoadEnd {
    return { loaded: () => undefined, failed: problem => this.#line.report(problem), void: () => undefined };
  }

  #again(): void {
    if (!this.abandoned) this.ask();
  }

  #begin(token: number, end: LoadEnd): void {
    const { connection } = this.#line;
    this.#load?.(loaded => {
      this.#loading = false;
      const isVoid = this.#line.connection !== connection || !this.#line.isUp;
      if ('error' in loaded) {
        if (!isVoid) this.#opened.tell(Kind.failed, { key: this.key, token, value: encodeError(loaded.error) });
        end.failed(loaded.error);
      } else if (isVoid) end.void();
      else this.#deliver(token, loaded, end);
    });
  }

  #deliver(token: number, loaded: Exclude<Loaded, { error: Error }>, end: LoadEnd): void {
    this.#opened.change(new Delivery(this.#opened, this.key, this.#keep, token, loaded, end));
  }
}

/** Hands over what was loaded. */
class Delivery extends Change {
  readonly #opened: Opened;
  readonly #loaded: Stored;
  readonly #end: LoadEnd;

  constructor(
    opened: Opened,
    key: string,
    flags: number,
    token: number,
    { value, expire, cost }: Exclude<Loaded, { error: Error }>,
    end: LoadEnd,
  ) {
    super(Kind.loaded, opened, flags, key);
    this.#opened = opened;
    this.#loaded = value;
    this.#end = end;
    this.token = token;
    this.value = value;
    this.cost = cost;
    if (expire > 0) this.expire = expire;
  }

  protected override answered(message: Message): void {
    if (message.kind === Kind.fenced) return this.#end.void();
    const near = this.#opened.remember(this.key, this.#loaded, message, this.sentAt);
    this.#end.loaded({ value: this.#loaded, near });
  }

  /** A connection that broke makes it void; what the manager refuses has failed. */
  protected override failed(cause: Error, sent: boolean): void {
    if (sent) this.#end.void();
    else this.#end.failed(cause);
  }
}

/** What a load may come to. */
interface LoadEnd {
  loaded(found: Found): void;
  failed(problem: Error): void;
  /** The key has changed meanwhile, or the manager is another. */
  void(): void;
}

/** An error that the codec cannot carry is told by its message. */
function encodeError(error: Error): Buffer {
  try {
    return encode(error, 'the error');
  } catch (problem) {
    return encode(new Error(`${error.message} (${messageOf(problem)})`), 'the error');
  }
}

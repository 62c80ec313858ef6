import { encode, messageOf } from '@troupe/ipc/transport';
import { malformed } from '../errors.ts';
import { Flag, Kind, type Message } from '../protocol.ts';
import { type Stored, toBytes } from '../stored.ts';
import type { Call, CallEnd, Line, Settle, Waiting } from './call.ts';
import type { NearEntry } from './near-store.ts';
import type { Opened } from './opened.ts';
import { failureIn } from './replies.ts';

/** What a reader has found. */
export interface Found {
  /** Nothing: it is not there. A view that lasts until `resolve` returns. */
  bytes: Buffer | undefined;
  /** The copy that is kept near. */
  near: NearEntry | undefined;
}

/** What a loader came to. */
export type Loaded = { value: Buffer; expire: number; cost: number } | { error: Error };
/** Makes a value; calls `done` once. */
export type Load = (done: (loaded: Loaded) => void) => void;

const NOTHING: Found = { bytes: undefined, near: undefined };

/**
 * One read that the near store could not answer. If the manager says so, this process loads the value; when what it has
 * loaded is not wanted any more, because the key has changed meanwhile or the manager is another, it asks again.
 */
export class Reading implements Waiting, CallEnd {
  readonly #opened: Opened;
  readonly #line: Line;
  readonly #key: string;
  readonly #load: Load | undefined;
  readonly #settle: Settle<Found>;
  #call: Call;
  #loading = false;
  #abandoned = false;

  constructor(opened: Opened, line: Line, key: string, load: Load | undefined, settle: Settle<Found>) {
    this.#opened = opened;
    this.#line = line;
    this.#key = key;
    this.#load = load;
    this.#settle = settle;
    this.#call = this.#ask();
  }

  get waitsFor(): string {
    if (this.#loading) return 'its loader';
    const { sent, waitsFor } = this.#call;
    return sent && this.#load !== undefined ? 'the loader of another process, or the cache manager' : waitsFor;
  }

  abandon(): boolean {
    this.#abandoned = true;
    return this.#call.abandon();
  }

  reply(message: Message): void {
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

  fail(cause: Error): void {
    this.#settle.reject(cause);
  }

  /** What is not kept near need not be recalled. */
  get #keep(): number {
    return this.#opened.near.isOn ? Flag.keep : 0;
  }

  #ask(): Call {
    if (this.#load === undefined) return this.#opened.read(this.#key, this.#keep, this);
    const near = this.#opened.near.get(this.#key);
    const now = this.#line.now();
    const early = near !== undefined && near.refreshFrom <= now && now < near.until;
    return this.#opened.read(this.#key, this.#keep | Flag.load | (early ? Flag.early : 0), this);
  }

  #found(message: Message, value: Stored | undefined): void {
    const bytes = toBytes(value ?? '');
    const mayKeep = (message.flags & Flag.keep) !== 0;
    const near = mayKeep ? this.#opened.remember(this.#key, Buffer.from(bytes), message, this.#call.sentAt) : undefined;
    this.#settle.resolve({ bytes, near });
  }

  /** What is here is served meanwhile; of the load only a failure is of interest. */
  #background(): LoadEnd {
    return { loaded: () => undefined, failed: problem => this.#line.report(problem), void: () => undefined };
  }

  #again(): void {
    if (!this.#abandoned) this.#call = this.#ask();
  }

  #begin(token: number, end: LoadEnd): void {
    const { connection } = this.#line;
    this.#load?.(loaded => {
      this.#loading = false;
      const isVoid = this.#line.connection !== connection || !this.#line.isUp;
      if ('error' in loaded) {
        if (!isVoid) this.#opened.tell(Kind.failed, { key: this.#key, token, value: encodeError(loaded.error) });
        end.failed(loaded.error);
      } else if (isVoid) end.void();
      else this.#deliver(token, loaded, end);
    });
  }

  #deliver(token: number, { value, expire, cost }: Exclude<Loaded, { error: Error }>, end: LoadEnd): void {
    const call = this.#opened.change(Kind.loaded, this.#key, this.#keep, {
      reply: message => {
        if (message.kind === Kind.fenced) end.void();
        else end.loaded({ bytes: value, near: this.#opened.remember(this.#key, value, message, call.sentAt) });
      },
      // A connection that broke makes it void; what the manager refuses has failed.
      fail: (cause, sent) => (sent ? end.void() : end.failed(cause)),
    });
    Object.assign(call, { token, value, cost, expire: expire > 0 ? expire : undefined });
    this.#opened.wait(call);
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

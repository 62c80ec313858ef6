/**
 * The one place that says what processes and the cache manager tell each other; how it lies in bytes says `wire.ts`. Keys
 * are text, values stay as the opaque bytes that a process made.
 */
import type { Stored } from './stored.ts';

/** Processes with another version are turned away. */
export const CACHE_PROTOCOL_VERSION = 2;

/** How long a process may read its near store after it last asked to, ms. */
export const LEASE = 1_000;

/** Bytes of one message. */
export const MAX_FRAME = 16 * 1024 * 1024;
/** Bytes of a key in UTF-8. */
export const MAX_KEY_BYTES = 0xffff;
/** Bytes of a value. */
export const MAX_VALUE_BYTES = MAX_FRAME - 2 * MAX_KEY_BYTES;

export const Kind = {
  // ── A process to the manager ──
  /** First of all; `token`: {@link CACHE_PROTOCOL_VERSION}, `id`: the pid. */
  hello: 1,
  /** `cache` is from now on the number of the cache named `key`, with the options in `value`. */
  open: 2,
  /** Read `key`; see {@link Flag}. Renews the lease. */
  get: 3,
  /** Write `key`: `value`, for `expire` ms (0: for ever). The sender has dropped its near copy. */
  set: 4,
  del: 5,
  /** The load with this `token` is done, and took `cost` ms. */
  loaded: 6,
  /** The load with this `token` failed; `value` is the error. */
  failed: 7,
  /** What all recalls up to the one with this `token` named is dropped. */
  recalled: 8,
  /** The near store is in use: give it another lease. */
  renew: 9,
  /** Tell about changes of `key`, or of every key when there is none. */
  watch: 10,
  unwatch: 11,
  /** A question about the cache: `key` names it, `value` is its parameters; see `questions.ts`. */
  ask: 12,
  /** What the near store has done so far, in `value`. */
  tally: 13,

  // ── The manager to a process ──
  /** The answer to hello. */
  welcome: 14,
  /** It is here: `expire` ms left (none: for ever), loading it took `cost` ms; with a `token` the asker shall load it anew. */
  value: 15,
  /** It is not here. */
  absent: 16,
  /** It is not here, and the asker shall load it. */
  load: 17,
  /** Its load failed with the error in `value`. */
  failure: 18,
  /** The change was made, or (without {@link Flag.accepted}) not, because something is there. */
  done: 19,
  /** The load is somebody else's by now, or what it loaded is out of date: ask again. */
  fenced: 20,
  /** Drop the near copies of `keys`, and say so; tokens of recalls grow. */
  recall: 21,
  renewed: 22,
  /** `key` is `value` now, or nothing. */
  changed: 23,
  /** The answer to a question. */
  answer: 24,
  /** It cannot be done; `value` says why. */
  refused: 25,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
export const LAST_KIND = Math.max(...Object.values(Kind));

/** Bits of a message's flags. */
export const Flag = {
  /** get: load it if it is not here. */
  load: 1,
  /** get: load it anew although it is here. */
  early: 2,
  /** get: nobody reads it, somebody looks at it: no statistics, no near copy. */
  peek: 4,
  /** get: without the value. */
  probe: 8,
  /** get: the process may want to keep it near. value, done: it may. */
  keep: 16,
  /** set: not if something is there. */
  ifAbsent: 32,
  /** done: the change was made. */
  accepted: 64,
} as const;

export interface Message {
  kind: Kind;
  /** Which request this is or answers; 0 when nobody waits. */
  id: number;
  /** The number that this connection gave the cache. */
  cache: number;
  flags: number;
  token?: number | undefined;
  expire?: number | undefined;
  cost?: number | undefined;
  key?: string | undefined;
  /** In a message that was read, it may be a view that lasts until its handler returns. */
  value?: Stored | undefined;
  keys?: readonly string[] | undefined;
}

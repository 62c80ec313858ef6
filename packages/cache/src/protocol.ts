/**
 * The one place that says what processes and the cache manager tell each other, and how it lies in bytes. Frames are
 * those of the bus, on a socket of their own; keys are text, values stay as the opaque bytes that a process made.
 */
import { type Frame, frameFor } from '@troupe/ipc/transport';
import { malformed } from './errors.ts';
import { type Stored, writeStored } from './stored.ts';

/** Processes with another version are turned away. */
export const CACHE_PROTOCOL_VERSION = 1;

/** How long a process may read its near store after it last asked to, ms. */
export const LEASE = 1_000;

/** Bytes of one message. */
export const MAX_FRAME = 16 * 1024 * 1024;

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
  /** Drop the near copy of `key`, and say so; tokens of recalls grow. */
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
  /** In a message that was read, a view that lasts until its handler returns. */
  value?: Stored | undefined;
}

/** Which of the optional fields follow. */
const Has = { token: 1, expire: 2, cost: 4, key: 8, value: 16 } as const;
const FIXED_BYTES = 2;
const NUMBER_BYTES = 8;
const LENGTH_BYTES = 2;
/** Bytes of a key in UTF-8. */
export const MAX_KEY_BYTES = 0xffff;
/** Bytes of a value. */
export const MAX_VALUE_BYTES = MAX_FRAME - 2 * MAX_KEY_BYTES;

/** The payload: which fields there are (u8), flags (u8), then those fields: f64 each, the key as u16 and UTF-8, the value. */
export function encodeMessage({ kind, id, cache, flags, token, expire, cost, key, value }: Message): Buffer {
  let has = 0;
  let size = FIXED_BYTES;
  if (token !== undefined) {
    has |= Has.token;
    size += NUMBER_BYTES;
  }
  if (expire !== undefined) {
    has |= Has.expire;
    size += NUMBER_BYTES;
  }
  if (cost !== undefined) {
    has |= Has.cost;
    size += NUMBER_BYTES;
  }
  const keyBytes = key === undefined ? 0 : Buffer.byteLength(key);
  if (key !== undefined) {
    has |= Has.key;
    size += LENGTH_BYTES + keyBytes;
  }
  if (value !== undefined) {
    has |= Has.value;
    size += value.length;
  }
  const frame = frameFor({ kind, correlation: id, source: cache }, size);
  let at = frame.length - size;
  frame[at++] = has;
  frame[at++] = flags;
  if (token !== undefined) at = frame.writeDoubleBE(token, at);
  if (expire !== undefined) at = frame.writeDoubleBE(expire, at);
  if (cost !== undefined) at = frame.writeDoubleBE(cost, at);
  if (key !== undefined) {
    at = frame.writeUInt16BE(keyBytes, at);
    at += frame.write(key, at);
  }
  if (value !== undefined) writeStored(value, frame, at);
  return frame;
}

/** @throws TROUPE_ERR_CACHE_MALFORMED */
export function decodeMessage(frame: Frame): Message {
  const { bytes, payload, end } = frame;
  if (end - payload < FIXED_BYTES) throw malformed('it has no fields');
  const has = bytes[payload] ?? 0;
  const numbers = payload + FIXED_BYTES;
  const tokenEnd = numbers + (has & Has.token ? NUMBER_BYTES : 0);
  const expireEnd = tokenEnd + (has & Has.expire ? NUMBER_BYTES : 0);
  const costEnd = expireEnd + (has & Has.cost ? NUMBER_BYTES : 0);
  if (costEnd > end) throw malformed('it is cut short');
  let at = costEnd;
  let key: string | undefined;
  if ((has & Has.key) !== 0) {
    const start = at + LENGTH_BYTES;
    at = start > end ? Number.POSITIVE_INFINITY : start + bytes.readUInt16BE(start - LENGTH_BYTES);
    if (at > end) throw malformed('its key is cut short');
    key = bytes.toString('utf8', start, at);
  }
  return {
    kind: frame.kind as Kind,
    id: frame.correlation,
    cache: frame.source,
    flags: bytes[payload + 1] ?? 0,
    token: numberIn(bytes, numbers, tokenEnd),
    expire: numberIn(bytes, tokenEnd, expireEnd),
    cost: numberIn(bytes, expireEnd, costEnd),
    key,
    value: (has & Has.value) === 0 ? undefined : bytes.subarray(at, end),
  };
}

function numberIn(bytes: Buffer, start: number, end: number): number | undefined {
  if (start === end) return undefined;
  const read = bytes.readDoubleBE(start);
  if (!(read >= 0 && read <= Number.MAX_SAFE_INTEGER)) throw malformed(`it has the number ${read}`);
  return read;
}

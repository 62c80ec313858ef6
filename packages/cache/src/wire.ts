/**
 * How a message lies in bytes. It is a frame of the bus, on a socket of its own, whose source is the number of the cache
 * and whose correlation is the id. The payload: which fields there are (u8), flags (u8), then those fields: f64 each, the
 * key as u16 and UTF-8, the value or, as u16 how many they are, keys.
 */
import { type Frame, HEADER_BYTES, NameCache, type Outbox, writeFrameHeader } from '@troupe/ipc/transport';
import { malformed } from './errors.ts';
import type { Kind, Message } from './protocol.ts';
import { readStored, writeStored } from './stored.ts';

/** Which of the optional fields follow. */
const Has = { token: 1, expire: 2, cost: 4, key: 8, value: 16, keys: 32 } as const;
const FIXED_BYTES = 2;
const NUMBER_BYTES = 8;
const LENGTH_BYTES = 2;
/** Of a character of a key in UTF-8. */
const MOST_CHARACTER_BYTES = 3;
const SMALLEST = HEADER_BYTES + FIXED_BYTES + 3 * NUMBER_BYTES;
/** Texts up to this length are copied faster one by one than all together. */
const SHORT_TEXT = 48;

const knownKeys = new NameCache(4_096);

/** Writes a message to where it is sent from; false when it does not fit there. */
export function sendMessage(outbox: Outbox, message: Message): boolean {
  const bytes = outbox.claim(roomFor(message));
  if (bytes === undefined) return false;
  const { at } = outbox;
  outbox.commit(layOut(message, bytes, at) - at);
  return true;
}

/** A message in bytes of its own. */
export function encodeMessage(message: Message): Buffer {
  const bytes = Buffer.allocUnsafe(roomFor(message));
  return bytes.subarray(0, layOut(message, bytes, 0));
}

/** As much as it may take, bytes. */
function roomFor({ key, value, keys }: Message): number {
  const room = SMALLEST + (key === undefined ? 0 : roomForKey(key)) + (value === undefined ? 0 : value.length);
  return keys === undefined ? room : room + roomForKeys(keys);
}

function roomForKeys(keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + roomForKey(key), LENGTH_BYTES);
}

function roomForKey(key: string): number {
  return LENGTH_BYTES + key.length * MOST_CHARACTER_BYTES;
}

/** Returns where it ends. */
function layOut(
  { kind, id, cache, flags, token, expire, cost, key, value, keys }: Message,
  bytes: Buffer,
  start: number,
): number {
  let has = 0;
  let at = start + HEADER_BYTES + FIXED_BYTES;
  if (token !== undefined) {
    has |= Has.token;
    at = bytes.writeDoubleBE(token, at);
  }
  if (expire !== undefined) {
    has |= Has.expire;
    at = bytes.writeDoubleBE(expire, at);
  }
  if (cost !== undefined) {
    has |= Has.cost;
    at = bytes.writeDoubleBE(cost, at);
  }
  if (key !== undefined) {
    has |= Has.key;
    at = writeKey(key, bytes, at);
  }
  if (value !== undefined) {
    has |= Has.value;
    at += writeStored(value, bytes, at);
  }
  if (keys !== undefined) {
    has |= Has.keys;
    at = writeUInt16(keys.length, bytes, at);
    for (const each of keys) at = writeKey(each, bytes, at);
  }
  bytes[start + HEADER_BYTES] = has;
  bytes[start + HEADER_BYTES + 1] = flags;
  writeFrameHeader(bytes, start, at, kind, id, cache);
  return at;
}

/** Returns where it ends. */
function writeKey(key: string, bytes: Buffer, at: number): number {
  const start = at + LENGTH_BYTES;
  const length = writeText(key, bytes, start);
  writeUInt16(length, bytes, at);
  return start + length;
}

function writeUInt16(value: number, bytes: Buffer, at: number): number {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
  return at + LENGTH_BYTES;
}

/** In UTF-8; returns how many bytes that are. */
function writeText(text: string, bytes: Buffer, at: number): number {
  const { length } = text;
  if (length > SHORT_TEXT) return bytes.write(text, at);
  for (let i = 0; i < length; i++) {
    const character = text.charCodeAt(i);
    if (character > 0x7f) return bytes.write(text, at);
    bytes[at + i] = character;
  }
  return length;
}

/**
 * The message that a frame is. Its value may be a view that lasts until the frame's handler returns.
 * @throws TROUPE_ERR_CACHE_MALFORMED
 */
export function readMessage(frame: Frame): Message {
  const { bytes, payload, end } = frame;
  if (end - payload < FIXED_BYTES) throw malformed('it has no fields');
  const has = bytes[payload] as number;
  const numbers = payload + FIXED_BYTES;
  const tokenEnd = numbers + (has & Has.token ? NUMBER_BYTES : 0);
  const expireEnd = tokenEnd + (has & Has.expire ? NUMBER_BYTES : 0);
  const costEnd = expireEnd + (has & Has.cost ? NUMBER_BYTES : 0);
  if (costEnd > end) throw malformed('it is cut short');
  const keyEnd = (has & Has.key) === 0 ? costEnd : keyEndIn(bytes, costEnd, end);
  return {
    kind: frame.kind as Kind,
    id: frame.correlation,
    cache: frame.source,
    flags: bytes[payload + 1] as number,
    token: numberIn(bytes, numbers, tokenEnd),
    expire: numberIn(bytes, tokenEnd, expireEnd),
    cost: numberIn(bytes, expireEnd, costEnd),
    key: keyEnd === costEnd ? undefined : keyIn(bytes, costEnd, keyEnd),
    value: (has & Has.value) === 0 ? undefined : readStored(bytes, keyEnd, end),
    keys: (has & Has.keys) === 0 ? undefined : keysIn(bytes, keyEnd, end),
  };
}

/** Where the key ends that begins at `start`. */
function keyEndIn(bytes: Buffer, start: number, end: number): number {
  const textAt = start + LENGTH_BYTES;
  const keyEnd = textAt > end ? Number.POSITIVE_INFINITY : textAt + readUInt16(bytes, start);
  if (keyEnd > end) throw malformed('its key is cut short');
  return keyEnd;
}

function keyIn(bytes: Buffer, start: number, keyEnd: number): string {
  return knownKeys.read(bytes, start + LENGTH_BYTES, keyEnd);
}

function keysIn(bytes: Buffer, start: number, end: number): string[] {
  if (start + LENGTH_BYTES > end) throw malformed('it has no keys');
  const keys: string[] = [];
  let at = start + LENGTH_BYTES;
  for (let left = readUInt16(bytes, start); left > 0; left--) {
    const keyEnd = keyEndIn(bytes, at, end);
    keys.push(keyIn(bytes, at, keyEnd));
    at = keyEnd;
  }
  return keys;
}

function readUInt16(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function numberIn(bytes: Buffer, start: number, end: number): number | undefined {
  if (start === end) return undefined;
  const read = bytes.readDoubleBE(start);
  if (!(read >= 0 && read <= Number.MAX_SAFE_INTEGER)) throw malformed(`it has the number ${read}`);
  return read;
}

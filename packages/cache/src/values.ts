/** Values and keys as users give and get them. */
import { decode, encode } from '@troupe/ipc/transport';
import { badArgument, notEncodable, quote, tooLarge } from './errors.ts';
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from './protocol.ts';
import { asStored, isText, type Stored, toBytes } from './stored.ts';

/** @throws TROUPE_ERR_CACHE_BAD_ARGUMENT */
export function checkKey(key: unknown, what = 'key'): string {
  if (typeof key !== 'string') throw badArgument(`A ${what} must be a string; ${typeof key} was given.`);
  if (key.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw badArgument(`The ${what} ${quote(key)} has more than ${MAX_KEY_BYTES} bytes.`);
  // Halves of a character would all become the same one on their way.
  if (!isWellFormed(key)) throw badArgument(`The ${what} ${quote(key)} is no well-formed text.`);
  return key;
}

/** Most keys are short and have no character beyond the basic ones, which is seen faster than a pattern is begun with. */
function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++)
    if ((text.charCodeAt(i) & 0xf800) === 0xd800) return !/\p{Surrogate}/u.test(text);
  return true;
}

/**
 * The bytes of a value: a text as it is, or a view that lasts until the next is encoded.
 * @throws TROUPE_ERR_CACHE_BAD_ARGUMENT, TROUPE_ERR_CACHE_NOT_ENCODABLE, TROUPE_ERR_CACHE_TOO_LARGE
 */
export function encodeValue(value: unknown, key: string): Stored {
  const text = typeof value === 'string' ? asStored(value) : undefined;
  if (text !== undefined) return text;
  if (value === undefined)
    throw badArgument(`undefined cannot be cached (${quote(key)}): use null for "there is none", or del().`);
  const bytes = tryToEncode(value, key);
  if (bytes.length > MAX_VALUE_BYTES) throw tooLarge(key, bytes.length, MAX_VALUE_BYTES);
  return bytes;
}

function tryToEncode(value: unknown, key: string): Buffer {
  try {
    // The codec would make undefined of them.
    if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`it is a ${typeof value}`);
    return encode(value, 'it');
  } catch (problem) {
    throw notEncodable(key, problem);
  }
}

export function decodeValue(value: Stored): unknown {
  if (isText(value)) return typeof value === 'string' ? value : value.toString('latin1');
  const bytes = toBytes(value);
  return decode(bytes, 0, bytes.length);
}

/** Whether readers cannot change it. */
export function isPrimitive(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

/** Freezes what can be frozen of a value that was just decoded, so without cycles. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}

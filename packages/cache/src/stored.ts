import { latin1In, writeLatin1 } from './text.ts';

/**
 * The bytes of a value where they stay. Small ones as text of one byte per character: a million of them stall V8's garbage
 * collector for 20 ms, a million small buffers for 53 ms, and they take a fifth less memory.
 *
 * A value that is a text of ASCII, but for one that begins with a control character, is its own bytes, so that nobody
 * encodes it, and who reads it has it at once. All others are bytes of the codec, of which the first is a small number.
 */
export type Stored = string | Buffer;

/** From here on a value has a buffer to itself. */
const LARGE_BYTES = 16 * 1024;
/** The first character of a text that is its own bytes is this one or a greater one. */
const FIRST_OF_TEXT = 0x20;

/** The bytes of a text, if it may be its own. */
export function asStored(text: string): string | undefined {
  if (text.length === 0 || text.length >= LARGE_BYTES || text.charCodeAt(0) < FIRST_OF_TEXT) return undefined;
  return Buffer.byteLength(text) === text.length ? text : undefined;
}

/** Whether these are the bytes of a text as it is. */
export function isText(bytes: Stored): boolean {
  return (typeof bytes === 'string' ? bytes.charCodeAt(0) : (bytes[0] as number)) >= FIRST_OF_TEXT;
}

/** A text, or a view that lasts as long as `bytes`. */
export function readStored(bytes: Buffer, start: number, end: number): Stored {
  const isShortText = start < end && (bytes[start] as number) >= FIRST_OF_TEXT && end - start < LARGE_BYTES;
  return isShortText ? latin1In(bytes, start, end) : bytes.subarray(start, end);
}

/** Copies what is to stay out of bytes that will not. */
export function keep(value: Stored): Stored {
  if (typeof value === 'string') return value;
  if (value.length < LARGE_BYTES) return latin1In(value, 0, value.length);
  const copy = Buffer.allocUnsafeSlow(value.length);
  value.copy(copy);
  return copy;
}

export function toBytes(value: Stored): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}

/** Returns how many bytes that are. */
export function writeStored(value: Stored, target: Buffer, at: number): number {
  if (typeof value === 'string') return writeLatin1(value, target, at);
  target.set(value, at);
  return value.length;
}

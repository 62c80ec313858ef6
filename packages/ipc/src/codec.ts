/**
 * How values become bytes. Each message stands for itself (no structures are remembered between messages), since one
 * message goes to many receivers. The first byte names the form: msgpack in two of them, JSON in the third.
 *
 * msgpackr takes 6 ms to load and to get going, and each worker would wait for that before it serves, for the sake of a
 * few messages that JSON carries as well. So the first values of a process are JSON where that loses nothing.
 */
import { createRequire } from 'node:module';
import type * as Msgpackr from 'msgpackr/pack';
import { malformed } from './errors.ts';
import { MsgpackCodec } from './msgpack-codec.ts';
import { isPlain, parsePlain } from './plain.ts';

/** The forms of msgpack are 0 and 1. */
const JSON_FORM = 2;
/** More than a master sends while it starts eight workers. */
const FIRST_VALUES = 256;

const load = createRequire(import.meta.url);
let encoded = 0;
let known: MsgpackCodec | undefined;

function msgpack(): MsgpackCodec {
  known ??= new MsgpackCodec(load('./msgpackr.cjs') as typeof Msgpackr);
  return known;
}

/** Encodes a value. The result is a view of a larger buffer: copy it to keep it. @throws TROUPE_ERR_IPC_NOT_ENCODABLE */
export function encode(value: unknown, what: string): Buffer {
  if (known === undefined && encoded < FIRST_VALUES && (value === undefined || isPlain(value))) {
    encoded += 1;
    return encodeJson(value);
  }
  return msgpack().encode(value, what);
}

/** Decodes what {@link encode} made. Nothing in the result refers to `bytes`. @throws TROUPE_ERR_IPC_MALFORMED */
export function decode(bytes: Buffer, start: number, end: number): unknown {
  return bytes[start] === JSON_FORM ? decodeJson(bytes, start + 1, end) : msgpack().decode(bytes, start, end);
}

function encodeJson(value: unknown): Buffer {
  const text = value === undefined ? '' : JSON.stringify(value);
  const bytes = Buffer.allocUnsafe(1 + Buffer.byteLength(text));
  bytes[0] = JSON_FORM;
  bytes.write(text, 1);
  return bytes;
}

function decodeJson(bytes: Buffer, start: number, end: number): unknown {
  if (start >= end) return undefined;
  try {
    return parsePlain(bytes.toString('utf8', start, end));
  } catch {
    throw malformed('its value is no JSON');
  }
}

/** The payloads: what a frame carries for the processes at its two ends. The broker reads none of them. */
import { decode, encode } from './codec.ts';
import { badArgument, malformed } from './errors.ts';
import { encodeFrame, type Frame, type FrameFields } from './frame.ts';
import { NameCache } from './name-cache.ts';
import { type Failure, Kind } from './protocol.ts';

const MAX_NAME_BYTES = 1024;
const NAME_LENGTH_BYTES = 2;
const PID_BYTES = 4;

/** An event or a request: its name (u16 length, UTF-8), then its value, so that the name can be read alone. */
export function encodeNamed(fields: FrameFields, name: string, value: unknown): Buffer {
  return encodeFrame(fields, encodeName(name), encode(value, `'${name}'`));
}

export function nameIn(frame: Frame): string {
  return knownNames.read(frame.bytes, frame.payload + NAME_LENGTH_BYTES, valueOffset(frame));
}

export function valueIn(frame: Frame): unknown {
  return decode(frame.bytes, valueOffset(frame), frame.end);
}

/** An answer: its value alone. */
export function encodeValue(fields: FrameFields, value: unknown, what: string): Buffer {
  return encodeFrame(fields, encode(value, what));
}

export function bareValueIn(frame: Frame): unknown {
  return decode(frame.bytes, frame.payload, frame.end);
}

/** A failed answer: what the error says. */
export function encodeFailure(fields: Omit<FrameFields, 'kind'>, error: Error & { code?: unknown }): Buffer {
  const { code, message, stack } = error;
  const failure: Failure = { code: typeof code === 'string' ? code : '', message, stack };
  return encodeValue({ ...fields, kind: Kind.failure }, failure, 'failure');
}

/** @throws TROUPE_ERR_IPC_MALFORMED when there is none. */
export function failureIn(frame: Frame): Failure {
  const value = bareValueIn(frame);
  if (!isRecord(value) || typeof value.message !== 'string') throw malformed('a failure must say what failed');
  return {
    code: typeof value.code === 'string' ? value.code : '',
    message: value.message,
    stack: typeof value.stack === 'string' ? value.stack : undefined,
  };
}

/** Whom a request went to. */
export function encodeRouted(correlation: number, peers: readonly { pid: number }[]): Buffer {
  const payload = Buffer.allocUnsafe(peers.length * PID_BYTES);
  for (const [i, { pid }] of peers.entries()) payload.writeUInt32BE(pid, i * PID_BYTES);
  return encodeFrame({ kind: Kind.routed, correlation }, payload);
}

export function routedIn(frame: Frame): number[] {
  const pids: number[] = [];
  for (let at = frame.payload; at + PID_BYTES <= frame.end; at += PID_BYTES) pids.push(frame.bytes.readUInt32BE(at));
  return pids;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const knownNames = new NameCache(256);
const encodedNames = new Map<string, Buffer>();
const MAX_REMEMBERED_NAMES = 512;

function encodeName(name: string): Buffer {
  const known = encodedNames.get(name);
  if (known !== undefined) return known;
  if (typeof name !== 'string') throw badArgument(`The name of an event must be a string; ${typeof name} was given.`);
  const length = Buffer.byteLength(name);
  if (length > MAX_NAME_BYTES)
    throw badArgument(`The name '${name.slice(0, 40)}…' has ${length} bytes; ${MAX_NAME_BYTES} are allowed.`);
  const encoded = Buffer.allocUnsafeSlow(2 + length);
  encoded.writeUInt16BE(length, 0);
  encoded.write(name, 2);
  if (encodedNames.size < MAX_REMEMBERED_NAMES) encodedNames.set(name, encoded);
  return encoded;
}

function valueOffset(frame: Frame): number {
  const start = frame.payload + NAME_LENGTH_BYTES;
  const offset = start > frame.end ? Number.POSITIVE_INFINITY : start + frame.bytes.readUInt16BE(frame.payload);
  if (offset > frame.end) throw malformed('its name is cut short');
  return offset;
}

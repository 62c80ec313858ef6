/** The payloads: what a frame carries for the processes at its two ends. The broker reads none of them. */
import { decode, encode } from './codec.ts';
import { badArgument, malformed } from './errors.ts';
import { encodeFrame, type FrameFields, payloadOffset } from './frame.ts';
import { type Failure, Kind } from './protocol.ts';

const MAX_NAME_BYTES = 1024;
const PID_BYTES = 4;

/** An event or a request: its name (u16 length, UTF-8), then its value, so that the name can be read alone. */
export function encodeNamed(fields: FrameFields, name: string, value: unknown): Buffer {
  return encodeFrame(fields, encodeName(name), encode(value, `'${name}'`));
}

export function nameIn(frame: Buffer): string {
  const start = payloadOffset(frame) + 2;
  const end = valueOffset(frame);
  return frame.toString('utf8', start, end);
}

export function valueIn(frame: Buffer): unknown {
  return decode(frame, valueOffset(frame));
}

/** An answer: its value alone. */
export function encodeValue(fields: FrameFields, value: unknown, what: string): Buffer {
  return encodeFrame(fields, encode(value, what));
}

export function bareValueIn(frame: Buffer): unknown {
  return decode(frame, payloadOffset(frame));
}

/** A failed answer: what the error says. */
export function encodeFailure(fields: Omit<FrameFields, 'kind'>, error: Error & { code?: unknown }): Buffer {
  const { code, message, stack } = error;
  const failure: Failure = { code: typeof code === 'string' ? code : '', message, stack };
  return encodeValue({ ...fields, kind: Kind.failure }, failure, 'failure');
}

/** @throws TROUPE_ERR_IPC_MALFORMED when there is none. */
export function failureIn(frame: Buffer): Failure {
  const value = bareValueIn(frame);
  if (!isRecord(value) || typeof value.message !== 'string') throw malformed('a failure must say what failed');
  return {
    code: typeof value.code === 'string' ? value.code : '',
    message: value.message,
    stack: typeof value.stack === 'string' ? value.stack : undefined,
  };
}

/** The pids that a request went to. */
export function encodeRouted(correlation: number, pids: readonly number[]): Buffer {
  const payload = Buffer.allocUnsafe(pids.length * PID_BYTES);
  for (const [i, pid] of pids.entries()) payload.writeUInt32BE(pid, i * PID_BYTES);
  return encodeFrame({ kind: Kind.routed, correlation }, payload);
}

export function routedIn(frame: Buffer): number[] {
  const pids: number[] = [];
  for (let at = payloadOffset(frame); at + PID_BYTES <= frame.length; at += PID_BYTES)
    pids.push(frame.readUInt32BE(at));
  return pids;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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

function valueOffset(frame: Buffer): number {
  const start = payloadOffset(frame);
  const offset = frame.length < start + 2 ? frame.length + 1 : start + 2 + frame.readUInt16BE(start);
  if (offset > frame.length) throw malformed('its name is cut short');
  return offset;
}

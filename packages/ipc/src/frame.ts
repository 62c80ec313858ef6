/**
 * How a message lies in bytes (all numbers big-endian):
 *
 *     0   u32  length of what follows
 *     4   u8   kind
 *     5   u8   number of targets
 *     6   u32  correlation id
 *     10  u32  pid of the sender, set by the broker
 *     14  u32  × number of targets
 *         the opaque payload
 *
 * A delivered frame has no targets, so one buffer serves every receiver.
 */
import { Kind } from './protocol.ts';

export const HEADER_BYTES = 14;
const LENGTH_BYTES = 4;
const TARGET_BYTES = 4;
/** What a length can be at least: a header without targets and payload. */
const LEAST_LENGTH = HEADER_BYTES - LENGTH_BYTES;
/** Targets of one frame. */
export const MAX_TARGETS = 255;

const LAST_KIND = Math.max(...Object.values(Kind));
const NO_TARGETS: readonly number[] = [];

export interface FrameFields {
  kind: Kind;
  correlation?: number;
  source?: number;
  targets?: readonly number[];
}

/** Lays out a frame whose payload is the concatenation of `parts`. */
export function encodeFrame(fields: FrameFields, ...parts: readonly Uint8Array[]): Buffer {
  const targets = fields.targets ?? NO_TARGETS;
  let size = HEADER_BYTES + targets.length * TARGET_BYTES;
  for (const part of parts) size += part.length;
  const frame = Buffer.allocUnsafe(size);
  frame.writeUInt32BE(size - LENGTH_BYTES, 0);
  frame[4] = fields.kind;
  frame[5] = targets.length;
  frame.writeUInt32BE(fields.correlation ?? 0, 6);
  frame.writeUInt32BE(fields.source ?? 0, 10);
  let offset = HEADER_BYTES;
  for (const target of targets) offset = frame.writeUInt32BE(target, offset);
  for (const part of parts) {
    frame.set(part, offset);
    offset += part.length;
  }
  return frame;
}

/** The size of the frame that starts here, in bytes. */
export function frameSize(bytes: Buffer, offset: number): number {
  return bytes.readUInt32BE(offset) + LENGTH_BYTES;
}

/** Why a frame of this size is refused before any of it is stored; undefined when it is fine. */
export function sizeProblem(size: number, maxFrame: number): string | undefined {
  if (size > maxFrame) return `it has ${size} bytes, and ${maxFrame} are allowed`;
  return size < LEAST_LENGTH + LENGTH_BYTES ? 'it is shorter than its header' : undefined;
}

/** Why a whole frame is refused; undefined when its header makes sense. */
export function headerProblem(frame: Buffer): string | undefined {
  const kind = frame[4] ?? 0;
  if (kind < 1 || kind > LAST_KIND) return `its kind is ${kind}`;
  return frame.length < payloadOffset(frame) ? 'it is shorter than its targets' : undefined;
}

export function kindOf(frame: Buffer): Kind {
  return frame[4] as Kind;
}

export function correlationOf(frame: Buffer): number {
  return frame.readUInt32BE(6);
}

/** The pid of the sender; in frames that the broker delivers it is true. */
export function sourceOf(frame: Buffer): number {
  return frame.readUInt32BE(10);
}

export function targetsOf(frame: Buffer): number[] {
  const count = frame[5] ?? 0;
  const targets = new Array<number>(count);
  for (let i = 0; i < count; i++) targets[i] = frame.readUInt32BE(HEADER_BYTES + i * TARGET_BYTES);
  return targets;
}

export function payloadOffset(frame: Buffer): number {
  return HEADER_BYTES + (frame[5] ?? 0) * TARGET_BYTES;
}

/**
 * Turns a frame that was sent into one to deliver: without targets, with the sender's true pid and, for a request or its
 * answer, the receiver's correlation id. The payload stays where it is; the header is rewritten in front of it.
 */
export function toDelivery(frame: Buffer, source: number, correlation: number): Buffer {
  const start = payloadOffset(frame) - HEADER_BYTES;
  const kind = kindOf(frame);
  const delivery = start === 0 ? frame : frame.subarray(start);
  delivery.writeUInt32BE(delivery.length - LENGTH_BYTES, 0);
  delivery[4] = kind;
  delivery[5] = 0;
  delivery.writeUInt32BE(correlation, 6);
  delivery.writeUInt32BE(source, 10);
  return delivery;
}

/**
 * How a message lies in bytes (all numbers big-endian):
 *
 *     0   u32  length of what follows
 *     4   u8   kind, of those that the protocol of the two ends knows
 *     5   u8   number of targets
 *     6   u32  correlation id
 *     10  u32  pid of the sender, set by the broker
 *     14  u32  × number of targets
 *         the opaque payload
 *
 * A delivered frame has no targets, so one buffer serves every receiver.
 */

/** Bytes in front of the targets and the payload. */
export const HEADER_BYTES = 14;
const LENGTH_BYTES = 4;
const TARGET_BYTES = 4;
/** Targets of one frame. */
export const MAX_TARGETS = 255;

const NO_TARGETS: readonly number[] = [];

export interface FrameFields {
  kind: number;
  correlation?: number;
  source?: number;
  targets?: readonly number[];
}

/** Lays out a frame whose payload is the concatenation of `parts`. */
export function encodeFrame(fields: FrameFields, ...parts: readonly Uint8Array[]): Buffer {
  let size = 0;
  for (const part of parts) size += part.length;
  const frame = frameFor(fields, size);
  let offset = frame.length - size;
  for (const part of parts) {
    frame.set(part, offset);
    offset += part.length;
  }
  return frame;
}

/** A frame whose payload, its last `size` bytes, has yet to be written. */
export function frameFor(fields: FrameFields, size: number): Buffer {
  const targets = fields.targets ?? NO_TARGETS;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + targets.length * TARGET_BYTES + size);
  writeHeader(frame, fields.kind, targets.length, fields.correlation ?? 0, fields.source ?? 0);
  let offset = HEADER_BYTES;
  for (const target of targets) offset = frame.writeUInt32BE(target, offset);
  return frame;
}

/** The size of the frame that starts here, in bytes. */
export function frameSize(bytes: Buffer, offset: number): number {
  return readUInt32(bytes, offset) + LENGTH_BYTES;
}

/** Why a frame of this size is refused before any of it is stored; undefined when it is fine. */
export function sizeProblem(size: number, maxFrame: number): string | undefined {
  if (size > maxFrame) return `it has ${size} bytes, and ${maxFrame} are allowed`;
  return size < HEADER_BYTES ? 'it is shorter than its header' : undefined;
}

/**
 * A frame among the bytes that were read. A reader shows one frame after the other through the same object, since a view
 * of its own for each would cost more than all the rest: take what must last out of it before returning.
 */
export class Frame {
  bytes: Buffer;
  start = 0;
  end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  get kind(): number {
    return this.bytes[this.start + 4] ?? 0;
  }

  get correlation(): number {
    return readUInt32(this.bytes, this.start + 6);
  }

  /** The pid of the sender; in frames that the broker delivers it is true. */
  get source(): number {
    return readUInt32(this.bytes, this.start + 10);
  }

  /** Where the payload begins in {@link bytes}. */
  get payload(): number {
    return this.start + HEADER_BYTES + this.#targetCount * TARGET_BYTES;
  }

  /** Why it is refused; undefined when its header makes sense. Kinds are numbered from 1. */
  problem(lastKind: number): string | undefined {
    if (this.kind < 1 || this.kind > lastKind) return `its kind is ${this.kind}`;
    return this.payload > this.end ? 'it is shorter than its targets' : undefined;
  }

  targets(): number[] {
    const targets: number[] = [];
    for (let at = this.start + HEADER_BYTES; at < this.payload; at += TARGET_BYTES)
      targets.push(this.bytes.readUInt32BE(at));
    return targets;
  }

  /**
   * Turns a frame that was sent into one to deliver: without targets, with the sender's true pid and, for a request or its
   * answer, the receiver's correlation id. The payload stays where it is; the header is rewritten in front of it, and
   * this object must not be used any more.
   */
  toDelivery(source: number, correlation: number): Buffer {
    const { kind, payload } = this;
    const delivery = this.bytes.subarray(payload - HEADER_BYTES, this.end);
    writeHeader(delivery, kind, 0, correlation, source);
    return delivery;
  }

  get #targetCount(): number {
    return this.bytes[this.start + 5] ?? 0;
  }
}

/**
 * Writes the header of a frame without targets that lies in `bytes` from `start` to `end`; its payload begins
 * {@link HEADER_BYTES} after the start.
 */
export function writeFrameHeader(
  bytes: Buffer,
  start: number,
  end: number,
  kind: number,
  correlation: number,
  source: number,
): void {
  writeUInt32(bytes, start, end - start - LENGTH_BYTES);
  bytes[start + 4] = kind;
  bytes[start + 5] = 0;
  writeUInt32(bytes, start + 6, correlation);
  writeUInt32(bytes, start + 10, source);
}

function writeHeader(frame: Buffer, kind: number, targets: number, correlation: number, source: number): void {
  writeFrameHeader(frame, 0, frame.length, kind, correlation, source);
  frame[5] = targets;
}

/** As Buffer does it, without its checks, which take several times as long. */
function writeUInt32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readUInt32(bytes: Buffer, at: number): number {
  return (
    (bytes[at] as number) * 0x1000000 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}

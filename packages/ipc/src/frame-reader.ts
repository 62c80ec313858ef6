import { Frame, frameSize, sizeProblem } from './frame.ts';
import { LAST_KIND } from './protocol.ts';

const LENGTH_BYTES = 4;
const FIRST_CAPACITY = 4096;

export interface FrameHandlers {
  /** A whole frame, shown until this returns. */
  frame(frame: Frame): void;
  /** The stream makes no sense from here on; the reader has stopped. */
  malformed(problem: string): void;
}

/** Cuts a stream of bytes into frames, however it was split. */
export class FrameReader {
  readonly #maxFrame: number;
  readonly #handlers: FrameHandlers;
  readonly #lastKind: number;
  readonly #frame = new Frame(Buffer.alloc(0));
  #stopped = false;
  /** The beginning of a frame whose rest has not come yet; its capacity grows with what has really arrived. */
  #partial: Buffer | undefined;
  #have = 0;

  /** @param lastKind the highest kind of the protocol that is spoken @default the bus's */
  constructor(maxFrame: number, handlers: FrameHandlers, lastKind = LAST_KIND) {
    this.#maxFrame = maxFrame;
    this.#handlers = handlers;
    this.#lastKind = lastKind;
  }

  /** Ignores whatever comes from now on. */
  stop(): void {
    this.#stopped = true;
    this.#partial = undefined;
  }

  /** @param length how much of the chunk was read. The chunk may be reused by the caller afterwards. */
  push(chunk: Buffer, length = chunk.length): void {
    let offset = this.#partial === undefined ? 0 : this.#complete(this.#partial, chunk, length);
    while (!this.#stopped && length - offset >= LENGTH_BYTES) {
      const size = frameSize(chunk, offset);
      if (this.#refuses(size)) return;
      if (length - offset < size) break;
      this.#deliver(chunk, offset, offset + size);
      offset += size;
    }
    if (!this.#stopped && offset < length) this.#keep(chunk.subarray(offset, length));
  }

  /** Adds to the half frame; returns how much of the chunk that took. */
  #complete(partial: Buffer, chunk: Buffer, length: number): number {
    let offset = 0;
    while (this.#have < LENGTH_BYTES && offset < length) partial[this.#have++] = chunk[offset++] ?? 0;
    if (this.#have < LENGTH_BYTES) return offset;
    const size = frameSize(partial, 0);
    if (this.#refuses(size)) return offset;
    const take = Math.min(size - this.#have, length - offset);
    const roomy = this.#withRoom(partial, this.#have + take, size);
    chunk.copy(roomy, this.#have, offset, offset + take);
    this.#have += take;
    if (this.#have === size) {
      this.#partial = undefined;
      this.#deliver(roomy, 0, size);
    }
    return offset + take;
  }

  /** Doubling keeps the copying linear, and a length that promises much costs nothing until the bytes are here. */
  #withRoom(partial: Buffer, needed: number, most: number): Buffer {
    if (needed <= partial.length) return partial;
    const roomy = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, partial.length * 2), most));
    partial.copy(roomy, 0, 0, this.#have);
    this.#partial = roomy;
    return roomy;
  }

  #keep(rest: Buffer): void {
    this.#partial = Buffer.allocUnsafeSlow(Math.max(rest.length, FIRST_CAPACITY));
    this.#have = rest.copy(this.#partial);
  }

  #refuses(size: number): boolean {
    const problem = sizeProblem(size, this.#maxFrame);
    if (problem !== undefined) this.#fail(problem);
    return problem !== undefined;
  }

  #deliver(bytes: Buffer, start: number, end: number): void {
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.start = start;
    frame.end = end;
    const problem = frame.problem(this.#lastKind);
    if (problem === undefined) this.#handlers.frame(frame);
    else this.#fail(problem);
  }

  #fail(problem: string): void {
    this.stop();
    this.#handlers.malformed(problem);
  }
}

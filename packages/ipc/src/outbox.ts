import type { Socket } from 'node:net';
import { returnSlab, SLAB_BYTES, takeSlab } from './slabs.ts';

/** From here on a frame that has its memory to itself is sent without being copied. */
const LARGE_BYTES = 16 * 1024;
/** Room that is claimed for more than this is a buffer of its own, so that hardly any of a slab stays empty. */
const OWN_BYTES = SLAB_BYTES / 8;
/** With so much to send the other end may as well begin before this tick is over. */
const EARLY_BYTES = SLAB_BYTES / 4;

/**
 * Frames on their way to one socket. What is sent in one tick leaves in one write; while the socket takes nothing, frames
 * wait here, copied together into slabs, so that what is stored is what is counted.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #full: (() => void) | undefined;
  readonly #limit: number;
  readonly #soon: (fn: () => void) => void;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Where small frames are copied to: filled from `#from` to `#to`. */
  #slab: Buffer | undefined;
  #from = 0;
  #to = 0;
  /** Slabs that take no more: the next write is the last that has bytes of them. */
  #sealed: Buffer[] = [];
  /** Writes that the operating system has not taken yet. */
  #writes = 0;
  /** Room that was claimed outside of the slab. */
  #own: Buffer | undefined;
  #scheduled = false;
  #blocked = false;
  #closed = false;

  /**
   * @param limit bytes that may wait, here and in the socket
   * @param full called at most once per frame that does not fit
   * @param soon calls what sends all that waits by then
   */
  constructor(socket: Socket, limit: number, full?: () => void, soon: (fn: () => void) => void = process.nextTick) {
    this.#socket = socket;
    this.#limit = limit;
    this.#full = full;
    this.#soon = soon;
    socket.on('drain', () => {
      if (!this.#blocked) return;
      this.#blocked = false;
      this.#flush();
    });
  }

  /** Bytes that the operating system has not taken yet. */
  get backlog(): number {
    return this.#waitingBytes + this.#socket.writableLength;
  }

  /** Sends a frame; false when it did not fit. The frame may be reused by the caller unless it is large. */
  send(frame: Buffer): boolean {
    if (!this.#takes(frame.length)) return false;
    if (frame.length >= LARGE_BYTES && frame.length * 2 > frame.buffer.byteLength) {
      this.#seal();
      this.#waiting.push(frame);
    } else this.#copy(frame);
    this.#added(frame.length);
    return true;
  }

  /**
   * Room for a frame of at most `most` bytes, to be written where it is sent from: into the buffer that this returns, from
   * {@link at} on; nothing when it does not fit. Nothing else may be sent until {@link commit}.
   */
  claim(most: number): Buffer | undefined {
    this.#own = undefined;
    if (!this.#takes(most)) return undefined;
    if (most > OWN_BYTES) {
      this.#own = Buffer.allocUnsafeSlow(most);
      return this.#own;
    }
    if (this.#slab === undefined || this.#slab.length - this.#to < most) this.#renew();
    return this.#slab;
  }

  /** Where the room begins that was claimed. */
  get at(): number {
    return this.#own === undefined ? this.#to : 0;
  }

  /** Sends what was written into the room that was claimed: its first `length` bytes. */
  commit(length: number): void {
    if (this.#own === undefined) this.#to += length;
    else {
      this.#seal();
      this.#waiting.push(this.#own.subarray(0, length));
      this.#own = undefined;
    }
    this.#added(length);
  }

  /** Sends what waits and one last frame, and ends the stream. */
  end(last?: Buffer): void {
    this.#blocked = false;
    this.#flush();
    this.close();
    if (last !== undefined) this.#socket.write(last);
    this.#socket.end();
  }

  /** Forgets what waits. What the socket was given before is whole frames, so the stream goes on to make sense. */
  drop(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#slab = this.#own = undefined;
    this.#sealed = [];
    this.#from = this.#to = 0;
  }

  /** Forgets what waits and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.drop();
  }

  #takes(bytes: number): boolean {
    if (this.#closed) return false;
    if (this.backlog + bytes <= this.#limit) return true;
    this.#full?.();
    return false;
  }

  #added(bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#blocked) return;
    if (this.#waitingBytes >= EARLY_BYTES) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.#soon(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
  }

  #copy(frame: Buffer): void {
    let offset = 0;
    while (offset < frame.length) {
      if (this.#slab === undefined || this.#to === this.#slab.length) this.#slab = this.#renew();
      const room = this.#slab.length - this.#to;
      if (offset === 0 && frame.length <= room) {
        this.#slab.set(frame, this.#to);
        this.#to += frame.length;
        return;
      }
      const copied = frame.copy(this.#slab, this.#to, offset, offset + room);
      this.#to += copied;
      offset += copied;
    }
  }

  #renew(): Buffer {
    this.#seal();
    if (this.#slab !== undefined) this.#retire(this.#slab);
    this.#slab = takeSlab();
    this.#from = this.#to = 0;
    return this.#slab;
  }

  #retire(slab: Buffer): void {
    this.#sealed.push(slab);
    this.#slab = undefined;
  }

  /** What the slab holds becomes ready to be written; its free rest takes the frames that follow. */
  #seal(): void {
    if (this.#slab === undefined || this.#from === this.#to) return;
    this.#waiting.push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #flush(): void {
    if (this.#closed || this.#blocked || this.#waitingBytes === 0) return;
    this.#seal();
    // What hardly has room for another frame is not begun with: a write in one piece is a cheap one.
    if (this.#slab !== undefined && this.#slab.length - this.#to < OWN_BYTES) this.#retire(this.#slab);
    const ready = this.#waiting;
    const sealed = this.#sealed;
    this.#waiting = [];
    this.#sealed = [];
    this.#waitingBytes = 0;
    const last = ready.pop();
    if (last === undefined) return;
    this.#writes++;
    if (ready.length > 0) this.#socket.cork();
    for (const part of ready) this.#socket.write(part);
    const takesMore = this.#socket.write(last, problem => this.#written(problem, sealed));
    if (ready.length > 0) this.#socket.uncork();
    // It also says that it takes no more when the operating system has taken all of it already.
    this.#blocked = !takesMore && this.#socket.writableLength > 0;
  }

  /** The operating system has these bytes, and whoever needs the slabs next may have them. */
  #written(problem: Error | null | undefined, sealed: readonly Buffer[]): void {
    this.#writes--;
    if (problem || this.#closed) return;
    for (const slab of sealed) returnSlab(slab);
    if (this.#writes > 0 || this.#waitingBytes > 0 || this.#slab === undefined) return;
    returnSlab(this.#slab);
    this.#slab = undefined;
    this.#from = this.#to = 0;
  }
}

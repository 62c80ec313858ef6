import { connect, type Socket } from 'node:net';
import { backoff } from './backoff.ts';
import { toError } from './errors.ts';
import type { Frame } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { Outbox } from './outbox.ts';
import { LAST_KIND, MAX_FRAME, MAX_QUEUE } from './protocol.ts';
import { checkSocketPath } from './socket-path.ts';

/** What an outbox takes beside a queue that was full before the connection. */
const SLACK = 64 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** How long an other end that reads nothing may delay a close, ms. */
const CLOSE_TIMEOUT = 1_000;

/** What the owner of a socket hears of it. */
export interface SocketEvents {
  /** A connection is being made: what is sent now leaves first. */
  opening(): void;
  /** A frame, shown until this returns; throwing breaks the connection. */
  frame(frame: Frame): void;
  /** The connection is gone, or could not be made; another will be tried after a pause. */
  lost(cause: Error | undefined): void;
}

export interface ReconnectingSocketOptions {
  /** The highest kind of frame of the protocol that is spoken. @default the bus's */
  lastKind?: number;
  /** Bytes that may wait to be sent. @default 16 MiB */
  maxQueue?: number;
  /** A number in [0, 1), for the jitter of reconnections. @default Math.random */
  random?: () => number;
  /** Calls `fn` after `ms`. @default setTimeout */
  schedule?: (fn: () => void, ms: number) => NodeJS.Timeout;
}

/** Frames to and from whoever listens on a path; when the connection breaks, it is made again, with growing pauses. */
export class ReconnectingSocket {
  readonly #path: string;
  readonly #events: SocketEvents;
  readonly #lastKind: number;
  readonly #maxQueue: number;
  readonly #random: () => number;
  readonly #schedule: (fn: () => void, ms: number) => NodeJS.Timeout;
  /** Everything is read into this one buffer: by default each read would allocate as much, for messages a thousandth of it. */
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #socket: Socket | undefined;
  #outbox: Outbox | undefined;
  #retry: NodeJS.Timeout | undefined;
  #attempt = 0;
  #established = false;
  #held = false;
  #closed = false;

  /** @throws TROUPE_ERR_IPC_PATH_TOO_LONG */
  constructor(path: string, events: SocketEvents, options: ReconnectingSocketOptions = {}) {
    checkSocketPath(path);
    this.#path = path;
    this.#events = events;
    this.#lastKind = options.lastKind ?? LAST_KIND;
    this.#maxQueue = options.maxQueue ?? MAX_QUEUE;
    this.#random = options.random ?? Math.random;
    this.#schedule = options.schedule ?? setTimeout;
  }

  get backlog(): number {
    return this.#outbox?.backlog ?? 0;
  }

  start(): void {
    this.#connect();
  }

  /** Where frames are written to; nothing before the first connection. */
  get outbox(): Outbox | undefined {
    return this.#outbox;
  }

  /** False when too much waits already, or nobody is there. */
  send(frame: Buffer): boolean {
    return this.#outbox?.send(frame) ?? false;
  }

  /** The other end has taken this one in: the pauses begin small again, and a close sends what waits first. */
  established(): void {
    this.#established = true;
    this.#attempt = 0;
  }

  /** Breaks this connection; another is tried. */
  break(cause: Error): void {
    this.#socket?.destroy(cause);
  }

  /** While held, it keeps the process alive. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.#applyHold();
  }

  /** Ends it for good. */
  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return Promise.resolve();
    return new Promise(resolve => {
      const patience = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT);
      socket.once('close', () => {
        clearTimeout(patience);
        resolve();
      });
      if (this.#established) this.#outbox?.end();
      else socket.destroy();
    });
  }

  #applyHold(): void {
    const what = this.#held ? 'ref' : 'unref';
    this.#socket?.[what]();
    this.#retry?.[what]();
  }

  #connect(): void {
    this.#retry = undefined;
    const handlers = {
      frame: (frame: Frame) => this.#receive(frame),
      malformed: (problem: string) =>
        socket.destroy(new Error(`the other end sent a frame that cannot be read: ${problem}`)),
    };
    const reader = new FrameReader(MAX_FRAME, handlers, this.#lastKind);
    const socket = connect({
      path: this.#path,
      onread: {
        buffer: this.#chunk,
        callback: length => {
          reader.push(this.#chunk, length);
          return true;
        },
      },
    });
    this.#socket = socket;
    this.#outbox = new Outbox(socket, this.#maxQueue + SLACK);
    this.#events.opening();
    this.#applyHold();
    let cause: Error | undefined;
    socket.on('error', problem => {
      cause = problem;
    });
    socket.once('close', () => {
      reader.stop();
      this.#lost(cause);
    });
  }

  #receive(frame: Frame): void {
    try {
      this.#events.frame(frame);
    } catch (problem) {
      this.break(toError(problem));
    }
  }

  #lost(cause: Error | undefined): void {
    this.#outbox?.close();
    this.#established = false;
    if (this.#closed) return;
    this.#retry = this.#schedule(() => this.#connect(), backoff(this.#attempt++, this.#random()));
    this.#applyHold();
    this.#events.lost(cause);
  }
}

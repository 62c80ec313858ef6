import { connect, type Socket } from 'node:net';
import { backoff } from './backoff.ts';
import { refused, toError } from './errors.ts';
import type { Frame } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { encodeHello, goodbyeIn, welcomeIn } from './greeting.ts';
import { newInstance } from './instance.ts';
import type { Link, LinkEvents, OpenLink } from './link.ts';
import { Outbox } from './outbox.ts';
import { type Goodbye, Kind, MAX_FRAME, MAX_QUEUE, PROTOCOL_VERSION, type Role } from './protocol.ts';
import { report } from './report.ts';
import { checkSocketPath } from './socket-path.ts';

/** What an outbox takes beside a queue that was full before the connection. */
const SLACK = 64 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** How long a master that reads nothing may delay a close, ms. */
const CLOSE_TIMEOUT = 1_000;

export interface SocketLinkOptions {
  /** Bytes that may wait to be sent. @default 16 MiB */
  maxQueue?: number;
  /** A number in [0, 1), for the jitter of reconnections. @default Math.random */
  random?: () => number;
  /** Calls `fn` after `ms`. @default setTimeout */
  schedule?: (fn: () => void, ms: number) => NodeJS.Timeout;
}

/** The way to the broker over its socket; when it breaks, it is made again, with growing pauses. */
export class SocketLink implements Link {
  readonly role: Role;
  readonly #path: string;
  readonly #events: LinkEvents;
  readonly #random: () => number;
  readonly #schedule: (fn: () => void, ms: number) => NodeJS.Timeout;
  readonly #maxQueue: number;
  /** The same for all connections of this link: the broker knows by it that the process has come back. */
  readonly #instance = newInstance();
  /** Everything is read into this one buffer: by default each read would allocate as much, for messages a thousandth of it. */
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #socket: Socket | undefined;
  #outbox: Outbox | undefined;
  #retry: NodeJS.Timeout | undefined;
  #attempt = 0;
  #isUp = false;
  #wasUp = false;
  #held = false;
  #closed = false;
  #goodbye: Goodbye | undefined;
  #problem: Error | undefined;

  /** Opens links to `path`. @throws TROUPE_ERR_IPC_PATH_TOO_LONG */
  static to(path: string, role: Role, options: SocketLinkOptions = {}): OpenLink {
    checkSocketPath(path);
    return events => new SocketLink(path, role, events, options);
  }

  private constructor(path: string, role: Role, events: LinkEvents, options: SocketLinkOptions) {
    this.role = role;
    this.#path = path;
    this.#events = events;
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

  send(frame: Buffer): boolean {
    return this.#outbox?.send(frame) ?? false;
  }

  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.#applyHold();
  }

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
      if (this.#isUp) this.#outbox?.end();
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
    this.#goodbye = undefined;
    this.#problem = undefined;
    const reader = new FrameReader(MAX_FRAME, {
      frame: frame => this.#receive(frame),
      malformed: problem => socket.destroy(new Error(`the master sent a frame that cannot be read: ${problem}`)),
    });
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
    this.#outbox.send(encodeHello({ pid: process.pid, role: this.role, instance: this.#instance }));
    this.#applyHold();
    socket.on('error', problem => {
      this.#problem = problem;
    });
    socket.once('close', () => {
      reader.stop();
      this.#lost();
    });
  }

  #receive(frame: Frame): void {
    const { kind } = frame;
    if (this.#isUp && kind !== Kind.goodbye) {
      this.#events.frame(frame);
      return;
    }
    try {
      if (kind === Kind.goodbye) this.#goodbye = goodbyeIn(frame);
      else this.#welcome(frame);
    } catch (problem) {
      this.#socket?.destroy(toError(problem));
    }
  }

  #welcome(frame: Frame): void {
    const { version, master, missed } = welcomeIn(frame);
    if (version !== PROTOCOL_VERSION)
      throw refused(`it speaks version ${version} of the protocol, this process ${PROTOCOL_VERSION}`);
    const why = missed ?? (this.#wasUp ? 'the master was replaced' : undefined);
    this.#isUp = true;
    this.#wasUp = true;
    this.#attempt = 0;
    this.#events.up(master, why);
  }

  #lost(): void {
    this.#outbox?.close();
    this.#isUp = false;
    if (this.#closed) return;
    const cause = this.#cause();
    this.#retry = this.#schedule(() => this.#connect(), backoff(this.#attempt++, this.#random()));
    this.#applyHold();
    this.#events.down(cause);
  }

  /** Why the connection ended; being turned away is reported, since coming back may not help. */
  #cause(): Error {
    const goodbye = this.#goodbye;
    if (goodbye === undefined) return this.#problem ?? new Error('the master went away');
    if (goodbye.reason !== 'refused') return new Error(`the master ended it: ${goodbye.message}`);
    const cause = refused(goodbye.message);
    report(cause);
    return cause;
  }
}

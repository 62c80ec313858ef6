import type { Socket } from 'node:net';
import { IpcError, malformed, messageOf } from './errors.ts';
import type { Frame } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { encodeGoodbye, helloIn } from './greeting.ts';
import { Outbox } from './outbox.ts';
import { type Goodbye, type Hello, Kind, PROTOCOL_VERSION } from './protocol.ts';
import { report } from './report.ts';
import type { Peer } from './roster.ts';

/** How long a peer that is sent away may take to read why, ms. */
const GOODBYE_TIMEOUT = 1_000;

export interface ConnectionLimits {
  /** Bytes of one frame. */
  maxFrame: number;
  /** Bytes that may wait for the peer. */
  maxBacklog: number;
  /** How long it may take to say hello, ms. */
  helloTimeout: number;
}

/** What the broker does about its connections. */
export interface ConnectionOwner {
  /** Hello was said; the owner answers with `welcome` or sends the peer away. */
  greeted(connection: Connection, hello: Hello): void;
  /** @throws TROUPE_ERR_IPC_MALFORMED when a peer may not send that */
  received(connection: Connection, frame: Frame): void;
  /** The connection takes and gives nothing any more. Called once; `reason` when the broker ended it. */
  ended(connection: Connection, reason: Goodbye | undefined): void;
}

/** The broker's end of one socket. Whatever happens to the socket ends here. */
export class Connection implements Peer {
  pid = 0;
  role: Hello['role'] = 'worker';
  instance = '';
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #reader: FrameReader;
  readonly #outbox: Outbox;
  #silence: NodeJS.Timeout | undefined;
  #greeted = false;
  #over = false;

  constructor(socket: Socket, limits: ConnectionLimits, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#outbox = new Outbox(socket, limits.maxBacklog, () => {
      this.end('backlog', `it did not read ${this.#outbox.backlog} bytes that wait for it`);
    });
    this.#reader = new FrameReader(limits.maxFrame, {
      frame: frame => this.#receive(frame),
      malformed: problem => this.end('malformed', `it sent a frame that cannot be read: ${problem}`),
    });
    this.#silence = setTimeout(
      () => this.end('refused', `it said no hello within ${limits.helloTimeout} ms`),
      limits.helloTimeout,
    );
    this.#silence.unref();
    socket.on('data', chunk => this.#reader.push(chunk));
    // The error itself ('ECONNRESET', 'EPIPE') adds nothing to the fact that the peer is gone; 'close' always follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#finish(undefined));
  }

  /** Bytes that wait for the peer. */
  get backlog(): number {
    return this.#outbox.backlog;
  }

  send(delivery: Buffer): void {
    this.#outbox.send(delivery);
  }

  /** Sends the peer away: it is told why if it still reads, and gone after a second in any case. */
  end(reason: Goodbye['reason'], message: string): void {
    if (this.#over) return;
    this.#reader.stop();
    if (reason === 'backlog') this.#outbox.drop();
    this.#outbox.end(encodeGoodbye(reason, message));
    const patience = setTimeout(() => this.#socket.destroy(), GOODBYE_TIMEOUT).unref();
    this.#socket.once('close', () => clearTimeout(patience));
    this.#finish({ reason, message });
  }

  #receive(frame: Frame): void {
    try {
      if (this.#greeted) this.#owner.received(this, frame);
      else this.#greet(frame);
    } catch (problem) {
      if (!(problem instanceof IpcError)) report(problem);
      this.end('malformed', messageOf(problem));
    }
  }

  #greet(frame: Frame): void {
    if (frame.kind !== Kind.hello) throw malformed('the first frame must be hello');
    const hello = readHello(frame);
    clearTimeout(this.#silence);
    if (hello.version !== PROTOCOL_VERSION) {
      this.end(
        'refused',
        `it speaks version ${hello.version} of the protocol, and the master version ${PROTOCOL_VERSION}`,
      );
      return;
    }
    this.#greeted = true;
    this.pid = hello.pid;
    this.role = hello.role;
    this.instance = hello.instance;
    this.#owner.greeted(this, hello);
  }

  #finish(reason: Goodbye | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#silence);
    this.#reader.stop();
    this.#outbox.close();
    this.#owner.ended(this, reason);
  }
}

/** Whatever the codec says about bytes that a stranger sent, they are malformed. */
function readHello(frame: Frame): Hello {
  try {
    return helloIn(frame);
  } catch (problem) {
    throw problem instanceof IpcError ? problem : malformed(messageOf(problem));
  }
}

import type { Socket } from 'node:net';
import { type Frame, FrameReader, messageOf, Outbox } from '@troupe/ipc/transport';
import { CACHE_PROTOCOL_VERSION, Kind, LAST_KIND, type Message } from '../protocol.ts';
import { readMessage, sendMessage } from '../wire.ts';
import type { Peer } from './peer.ts';

export interface ConnectionLimits {
  /** Bytes of one frame. */
  maxFrame: number;
  /** Bytes that may wait for the process. */
  maxBacklog: number;
  /** How long it may take to say hello, ms. */
  helloTimeout: number;
}

/** What the manager does about its connections. */
export interface ConnectionOwner {
  /** Returns who the core says it is. */
  greeted(connection: Connection, pid: number): Peer;
  /** Bytes have come, which are read next: whatever they say was said before. */
  begin(): void;
  /** What it throws is the fault of the process, whose connection ends. */
  received(connection: Connection, peer: Peer, message: Message): void;
  /** They are read. */
  end(): void;
  /** Called once. `why` when the connection was cut off. */
  ended(connection: Connection, why: string | undefined): void;
}

/** The manager's end of the socket of one process. */
export class Connection {
  /** Who it is; nobody before he has said hello. */
  peer: Peer | undefined;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #reader: FrameReader;
  readonly #outbox: Outbox;
  readonly #silence: NodeJS.Timeout;
  #over = false;

  constructor(socket: Socket, limits: ConnectionLimits, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#outbox = new Outbox(
      socket,
      limits.maxBacklog,
      () => this.cutOff(`it does not read what is sent to it; ${this.#outbox.backlog} bytes wait`),
      // When all has been read that was there: what several processes have said is often answered together.
      setImmediate,
    );
    const handlers = {
      frame: (frame: Frame) => this.#receive(frame),
      malformed: (problem: string) => this.cutOff(`it sent what cannot be read: ${problem}`),
    };
    this.#reader = new FrameReader(limits.maxFrame, handlers, LAST_KIND);
    const { helloTimeout } = limits;
    this.#silence = setTimeout(() => this.cutOff(`it said nothing for ${helloTimeout} ms`), helloTimeout).unref();
    socket.on('data', chunk => {
      owner.begin();
      this.#reader.push(chunk);
      owner.end();
    });
    // The error adds nothing to the fact that the process is gone; 'close' follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#end(undefined));
  }

  send(message: Message): void {
    sendMessage(this.#outbox, message);
  }

  /** Closes it without another word: the process comes back if it can. */
  cutOff(why: string): void {
    if (this.#over) return;
    this.#socket.destroy();
    this.#end(why);
  }

  /** Closes it when everything is sent. */
  finish(): void {
    this.#outbox.end();
    this.#end('the manager stops');
  }

  /** Whether it keeps this process alive. */
  hold(held: boolean): void {
    this.#socket[held ? 'ref' : 'unref']();
  }

  #receive(frame: Frame): void {
    try {
      const message = readMessage(frame);
      if (this.peer === undefined) this.#greet(message);
      else this.#owner.received(this, this.peer, message);
    } catch (problem) {
      this.cutOff(messageOf(problem));
    }
  }

  #greet({ kind, id, token }: Message): void {
    clearTimeout(this.#silence);
    if (kind !== Kind.hello) return this.cutOff('it did not say hello first');
    if (token !== CACHE_PROTOCOL_VERSION)
      return this.cutOff(`it speaks version ${token} of the protocol, and the manager ${CACHE_PROTOCOL_VERSION}`);
    this.send({ kind: Kind.welcome, id: 0, cache: 0, flags: 0, token: CACHE_PROTOCOL_VERSION });
    this.peer = this.#owner.greeted(this, id);
  }

  #end(why: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#silence);
    this.#reader.stop();
    this.#outbox.close();
    this.#owner.ended(this, why);
  }
}

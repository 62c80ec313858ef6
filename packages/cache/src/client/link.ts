import { type Frame, ReconnectingSocket } from '@troupe/ipc/transport';
import { CACHE_PROTOCOL_VERSION, Kind, LAST_KIND, MAX_FRAME, type Message } from '../protocol.ts';
import { readMessage, sendMessage } from '../wire.ts';
import type { Member } from './member.ts';

/** Connects a member to the manager, and again when the connection breaks. It keeps no process alive. */
export class Link {
  readonly #member: Member;
  readonly #socket: ReconnectingSocket;
  #isUp = false;
  #isClosed = false;

  /** @throws TROUPE_ERR_IPC_PATH_TOO_LONG */
  constructor(path: string, member: Member) {
    this.#member = member;
    const events = {
      opening: () => this.#greet(),
      frame: (frame: Frame) => this.#receive(frame),
      lost: (cause: Error | undefined) => this.#lost(cause ?? new Error('the cache manager went away')),
    };
    this.#socket = new ReconnectingSocket(path, events, { lastKind: LAST_KIND, maxQueue: 4 * MAX_FRAME });
    this.#socket.start();
  }

  /** What is near is dropped before the manager hears that nobody needs it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#lost(new Error('the cache of this process was closed'));
    await this.#socket.close();
  }

  #greet(): void {
    this.#send({ kind: Kind.hello, id: process.pid, cache: 0, flags: 0, token: CACHE_PROTOCOL_VERSION });
  }

  #receive(frame: Frame): void {
    // What the manager had said before it heard of the end; the member may have another connection by now.
    if (this.#isClosed) return;
    const message = readMessage(frame);
    if (this.#isUp) {
      this.#member.take(message);
      return;
    }
    this.#isUp = true;
    this.#socket.established();
    this.#member.up(outgoing => this.#send(outgoing));
  }

  #send(message: Message): boolean {
    const { outbox } = this.#socket;
    const sent = outbox !== undefined && sendMessage(outbox, message);
    // What nobody answers must not get lost, or the manager would wait for it.
    if (!sent && message.id === 0) this.#socket.break(new Error('too much waits to be sent'));
    return sent;
  }

  #lost(cause: Error): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#member.down(cause);
  }
}

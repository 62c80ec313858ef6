import { refused } from './errors.ts';
import type { Frame } from './frame.ts';
import { encodeHello, goodbyeIn, welcomeIn } from './greeting.ts';
import { newInstance } from './instance.ts';
import type { Link, LinkEvents, OpenLink } from './link.ts';
import { type Goodbye, Kind, PROTOCOL_VERSION, type Role } from './protocol.ts';
import { ReconnectingSocket, type ReconnectingSocketOptions } from './reconnecting-socket.ts';
import { report } from './report.ts';
import { checkSocketPath } from './socket-path.ts';

/** The way to the broker over its socket; when it breaks, it is made again, with growing pauses. */
export class SocketLink implements Link {
  readonly role: Role;
  readonly #events: LinkEvents;
  readonly #socket: ReconnectingSocket;
  /** The same for all connections of this link: the broker knows by it that the process has come back. */
  readonly #instance = newInstance();
  #isUp = false;
  #wasUp = false;
  #goodbye: Goodbye | undefined;

  /** Opens links to `path`. @throws TROUPE_ERR_IPC_PATH_TOO_LONG */
  static to(path: string, role: Role, options: ReconnectingSocketOptions = {}): OpenLink {
    checkSocketPath(path);
    return events => new SocketLink(path, role, events, options);
  }

  private constructor(path: string, role: Role, events: LinkEvents, options: ReconnectingSocketOptions) {
    this.role = role;
    this.#events = events;
    this.#socket = new ReconnectingSocket(
      path,
      { opening: () => this.#opening(), frame: frame => this.#receive(frame), lost: cause => this.#lost(cause) },
      options,
    );
  }

  get backlog(): number {
    return this.#socket.backlog;
  }

  start(): void {
    this.#socket.start();
  }

  send(frame: Buffer): boolean {
    return this.#socket.send(frame);
  }

  hold(held: boolean): void {
    this.#socket.hold(held);
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  #opening(): void {
    this.#goodbye = undefined;
    this.#socket.send(encodeHello({ pid: process.pid, role: this.role, instance: this.#instance }));
  }

  #receive(frame: Frame): void {
    if (frame.kind === Kind.goodbye) this.#goodbye = goodbyeIn(frame);
    else if (this.#isUp) this.#events.frame(frame);
    else this.#welcome(frame);
  }

  #welcome(frame: Frame): void {
    const { version, master, missed } = welcomeIn(frame);
    if (version !== PROTOCOL_VERSION)
      throw refused(`it speaks version ${version} of the protocol, this process ${PROTOCOL_VERSION}`);
    const why = missed ?? (this.#wasUp ? 'the master was replaced' : undefined);
    this.#isUp = true;
    this.#wasUp = true;
    this.#socket.established();
    this.#events.up(master, why);
  }

  #lost(problem: Error | undefined): void {
    this.#isUp = false;
    this.#events.down(this.#cause(problem));
  }

  /** Why the connection ended; being turned away is reported, since coming back may not help. */
  #cause(problem: Error | undefined): Error {
    const goodbye = this.#goodbye;
    if (goodbye === undefined) return problem ?? new Error('the master went away');
    if (goodbye.reason !== 'refused') return new Error(`the master ended it: ${goodbye.message}`);
    const cause = refused(goodbye.message);
    report(cause);
    return cause;
  }
}

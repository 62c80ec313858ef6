import type { Frame } from './frame.ts';
import type { Role } from './protocol.ts';

/** What a client hears from the way it is connected. */
export interface LinkEvents {
  /** The broker has taken this process in. `missed` says why events may have been missed since the last time. */
  up(master: number, missed: string | undefined): void;
  /** A delivered frame, shown until this returns. */
  frame(frame: Frame): void;
  /** The connection is gone; a link that reconnects will call `up` again. */
  down(cause: Error): void;
  /** The link has ended for good: this process belongs to no cluster any more. */
  over(cause: Error): void;
}

/** One way to the broker: a socket, or the broker in this very process. */
export interface Link {
  readonly role: Role;
  /** Begins to call the events; not before. */
  start(): void;
  /** Bytes that wait to be taken. */
  readonly backlog: number;
  /** Hands a frame over; false when too much waits already. Only between `up` and `down`. */
  send(frame: Buffer): boolean;
  /** While held, the link keeps the process alive. */
  hold(held: boolean): void;
  /** Ends it for good. */
  close(): Promise<void>;
}

/** Starts a link that reports to `events`. */
export type OpenLink = (events: LinkEvents) => Link;

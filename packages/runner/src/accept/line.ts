/** A connection as libuv has it, before a socket is made of it. */
export interface ConnectionHandle {
  close(): void;
}
/** A connection that no worker has received yet. */
export interface Waiting {
  readonly connection: ConnectionHandle;
  readonly line: Line;
  /** When it gives up if no worker serves its address, `monotonic()`. */
  readonly until: number;
  /** How often a worker has let it wait too long. */
  attempts: number;
}

/** The connections that wait at one address of the application. */
export class Line {
  readonly key: string;
  /** In the order in which they came. */
  readonly waiting: Waiting[] = [];

  constructor(key: string) {
    this.key = key;
  }

  /** Closes the connections for which `isOver` says so. @returns how many */
  drop(isOver: (waiting: Waiting) => boolean = () => true): number {
    const over = this.waiting.filter(isOver);
    const kept = this.waiting.filter(waiting => !isOver(waiting));
    this.waiting.splice(0, this.waiting.length, ...kept);
    for (const { connection } of over) connection.close();
    return over.length;
  }
}

/** That somebody debugs a worker: what is held up for him, and for how long. */
export interface DebugLease {
  pid: number;
  /**
   * `preparing`: its successor warms up, or the worker itself comes up. `waiting`: a worker that was forked for this waits
   * before `configureApp` until it is told to run. `open`: it can be debugged.
   */
  state: 'preparing' | 'waiting' | 'open';
  /** It was forked for this. */
  fresh: boolean;
  /** It is, or will be, out of rotation; otherwise its clients wait while it is paused. */
  aside: boolean;
  /** Who began. */
  by: string;
  /** When, ms since the epoch. */
  since: number;
  /** When it ends by itself unless something happens before, ms since the epoch. */
  until: number;
  /** Debuggers that are connected. */
  sessions: number;
  /** The program stands still. */
  paused: boolean;
  /** The private socket of its debugging agent. */
  agent: string;
  /** The application's root: the directory of the package that its main script belongs to. */
  root: string;
  /** The private socket where its application answers, and no other worker's. */
  door: string;
}

/** What a debugger tells the master of its sessions with one worker: at each change, and every few seconds while it has any. */
export interface DebugReport {
  pid: number;
  sessions: number;
  paused: boolean;
  /** The person has done something since the last report. */
  active: boolean;
}

/** A CPU profile as V8 gives it and Chrome's DevTools reads it; times in µs by the machine's monotonic clock. */
export interface CpuProfile {
  nodes: ProfileNode[];
  startTime: number;
  endTime: number;
  /** Where the program was: ids of nodes. */
  samples: number[];
  /** Before each sample. */
  timeDeltas: number[];
}

export interface ProfileNode {
  id: number;
  callFrame: CallFrame;
  hitCount?: number;
  children?: number[];
}

/** Lines and columns begin with 0. */
export interface CallFrame {
  functionName: string;
  scriptId: string;
  url: string;
  lineNumber: number;
  columnNumber: number;
}

/** Node says so while the event loop waits. */
export const IDLE = '(idle)';
export const ROOT = '(root)';

/** When each sample was taken. */
export function timesOf({ startTime, timeDeltas }: CpuProfile): number[] {
  let time = startTime;
  return timeDeltas.map(delta => {
    time += delta;
    return time;
  });
}

/** What a trace of stalls comes to: types alone, which the page reads, too. */
import type { CpuProfile } from './cpu-profile.ts';

/** Where something is written, as the person who wrote it sees it; lines and columns begin with 1. */
export interface Place {
  /** A path, or a URL that is no file's. */
  file: string;
  line: number;
  column: number;
}

/** A stall as people read it. */
export interface StallReport {
  /** When it began, ms since the epoch. */
  at: number;
  /** How long it held the loop, ms. */
  duration: number;
  /** It held it still when the trace ended. */
  lasts: boolean;
  /** The function that held it; null when the whole process stood still. */
  by: FrameReport | null;
  /** Where most of the time went, innermost first, and the share of the time that was spent there. */
  stack: FrameReport[];
  share: number;
}

export interface FrameReport extends Partial<Place> {
  function: string;
}

/** A CPU profile that has the stalls and nothing else, and a list of them. */
export interface StallTrace extends CpuProfile {
  stalls: StallReport[];
  /** How many there were; the longest are listed. */
  stallCount: number;
}

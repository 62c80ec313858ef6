import type { Question } from './question.ts';

/** What the thread is asked. */
export interface Inquiry {
  readonly id: number;
  readonly question: Question;
  /** Changes when the files have changed: the thread reads a tree once for each. */
  readonly generation: number;
}

/** What it was read from, to know when to read again. */
export interface Source {
  /** Files and directories that change when what is installed does. */
  readonly places: readonly string[];
  /** When reading began, ms since the epoch. */
  readonly began: number;
}

export interface Reading {
  readonly text: string;
  readonly source: Source;
}

/** What the thread answers. */
export type Reply = { readonly id: number } & ({ readonly reading: Reading } | { readonly error: unknown });

/** What the thread is started with. */
export interface Subject {
  readonly directory: string;
  /** Whether npm would leave direct dependencies for development out, as it does in production. */
  readonly omitDev: boolean;
}

export const FORMATS = ['json', 'html', 'cyclonedx', 'spdx'] as const;
export type Format = (typeof FORMATS)[number];

/** What a visitor wants to know, as it goes to the thread. The same question has the same answer until a file changes. */
export interface Question {
  readonly format: Format;
  /** Levels below the direct dependencies. @default all of them */
  readonly depth: number | undefined;
  /** Why is this one here: a name, or name@range. */
  readonly package: string | undefined;
}

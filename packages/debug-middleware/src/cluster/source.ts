/** Something that pages can watch. */
export interface Source<Whole, Delta> {
  /** Looks again: what has changed since the last time; undefined when nothing has. */
  look(): Promise<Delta | undefined>;
  /** Everything, as of the last look. */
  whole(): Whole;
}

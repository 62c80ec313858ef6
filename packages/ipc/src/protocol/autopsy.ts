/** The objects that are alive in a process. */
export interface Census {
  objects: number;
  /** By class, the most objects first: the constructor's name, or `{id, at}` for plain objects with these properties. */
  classes: { name: string; count: number }[];
  /** The largest arrays, maps and sets, and the class of one of their values. */
  collections: { kind: string; size: number; of: string }[];
}

/** A class, with how many objects of it an old process has, and a young one. */
export interface GrowingClass {
  name: string;
  count: number;
  young: number;
}

/** What filled the memory of a worker that was replaced for it; or why that is not known. */
export interface Autopsy {
  pid: number;
  /** ms since the epoch. */
  at: number;
  /** What it was replaced for. */
  reason: string;
  /** Set when it came to nothing. */
  problem?: string | undefined;
  /** How long it stood still for it, ms. */
  took?: number | undefined;
  /** V8's heap in use, bytes. */
  heap?: number | undefined;
  objects?: number | undefined;
  /** The worker it is compared with: its successor, before it took traffic. */
  against?: number | undefined;
  /** What it has many more objects of, the most telling first. */
  growing?: GrowingClass[] | undefined;
  collections?: Census['collections'] | undefined;
}

import type { Census, GrowingClass } from '@troupe/ipc';

/** Fewer objects more than this are noise. */
const FEW = 100;
/** What has less than doubled is how the application is when it works. */
const TIMES = 2;
/** Classes that are told. */
const TOLD = 30;
/** They come with whatever leaks, and say less of it. */
const COMMON: ReadonlySet<string> = new Set(['Array', 'Function', '{}', 'Object', 'Promise', 'ArrayBuffer']);

/**
 * The classes that an old process has many more objects of than a young one, the most first. A class that somebody has
 * named comes before what comes with it: of an object, its array and its options the object says most.
 * @param young absent when there is none: then all that there is counts as growth
 */
export function growingClasses(old: Census, young: Census | undefined): GrowingClass[] {
  const before = new Map(young?.classes.map(({ name, count }) => [name, count]));
  return old.classes
    .map(({ name, count }) => ({ name, count, young: before.get(name) ?? 0 }))
    .filter(({ count, young }) => count - young >= FEW && count >= TIMES * young)
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, TOLD);
}

const weight = ({ name, count, young }: GrowingClass) =>
  (count - young) * (COMMON.has(name) ? 0.25 : name.startsWith('{') ? 0.75 : 1);

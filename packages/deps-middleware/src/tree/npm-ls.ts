import type { Installation } from './installation.ts';
import { type Item, type Listed, list } from './list.ts';

/** What `npm ls --json --all` prints; what it would fail with is among the problems. */
export function npmLs(installation: Installation, depth: number | undefined): object {
  const listing = list(installation, depth);
  const problems = [...listing.problems, ...brokenManifest(installation)];
  const { dependencies, ...root } = toItem(listing.root);
  return {
    ...root,
    ...(problems.length > 0 ? { problems } : {}),
    ...(problems.length > listing.problems.length ? { invalid: true } : {}),
    ...(dependencies ? { dependencies } : {}),
  };
}

/** The root's package.json, when it cannot be read as JSON. */
export function brokenManifest({ root }: Installation): string[] {
  const broken = root.errors.some(error => 'code' in error && error.code === 'EJSONPARSE');
  return broken ? ['error in .: Failed to parse root package.json'] : [];
}

function toItem({ item, children }: Listed): Item {
  if (children.length === 0) return item;
  return { ...item, dependencies: Object.fromEntries(children.map(child => [child.name, toItem(child)])) };
}

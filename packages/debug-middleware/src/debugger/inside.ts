import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';

/** Where a file is, as far as it is the application's; `problem` says why it is not. */
export type Found = { path: string; problem?: never } | { path?: never; problem: 'missing' | 'outside' };

/**
 * Finds a file inside a directory, wherever symbolic links lead.
 * @returns its real path
 * @throws what the file system says, unless that is that there is no such file: nobody is to take a failure for an absence
 */
export async function findInside(root: string, file: string): Promise<Found> {
  const base = await realpath(root);
  try {
    const path = await realpath(file);
    return isBelow(base, path) ? { path } : { problem: 'outside' };
  } catch (problem) {
    if (isAbsent(problem)) return { problem: 'missing' };
    throw problem;
  }
}

/** By their names alone. A name may begin with two dots. */
export function isBelow(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Whether the file system says that there is no such file. */
export const isAbsent = (problem: unknown): boolean =>
  problem instanceof Error && 'code' in problem && (problem.code === 'ENOENT' || problem.code === 'ENOTDIR');

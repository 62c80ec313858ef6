import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, isDead } from './socket-path.ts';

/** Where the directories of this user's clusters are, unless a name was given: XDG_RUNTIME_DIR, else the temporary directory. */
export const clustersOfThisUser = (base = process.env.XDG_RUNTIME_DIR || tmpdir()): string =>
  join(base, `troupe-${process.getuid?.() ?? 'user'}`);

/** The sockets of the buses of this user's clusters that somebody listens on; on Windows, where pipes cannot be listed so, none. */
export async function findClusters(directory: string = clustersOfThisUser()): Promise<string[]> {
  if (process.platform === 'win32') return [];
  const sockets = (await namesIn(directory)).sort().map(name => join(directory, name, 'bus'));
  const dead = await Promise.all(sockets.map(isDead));
  return sockets.filter((_, index) => !dead[index]);
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (problem) {
    if (codeOf(problem) === 'ENOENT') return [];
    throw problem;
  }
}

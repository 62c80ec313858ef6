import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What stands at a path: a file's text, a manifest or another JSON file, or a link. */
export type Planted = string | { link: string } | { [key: string]: unknown };

const isLink = (planted: Planted): planted is { link: string } => typeof planted === 'object' && 'link' in planted;

/**
 * A directory with these files, which is gone after the test. The links are relative.
 * @param finished that of its context, for a test that runs beside others
 */
export async function plant(files: Record<string, Planted>, finished = onTestFinished): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'troupe-deps-')));
  finished(() => rm(directory, { recursive: true, force: true }));
  for (const [path, planted] of Object.entries(files)) await add(directory, path, planted);
  return directory;
}

export async function add(directory: string, path: string, planted: Planted): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  if (isLink(planted)) await symlink(planted.link, file);
  else await writeFile(file, typeof planted === 'string' ? planted : JSON.stringify(planted));
}

/** The manifest of an installed package, at its place. */
export function installed(name: string, version: string, rest: object = {}, below = ''): Record<string, Planted> {
  return { [`${below}node_modules/${name}/package.json`]: { name, version, ...rest } };
}

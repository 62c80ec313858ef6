import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** An application in a directory of its own, which is removed when the test finishes: copies of these fixtures' sources. */
export async function applicationOf(...fixtures: string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-application-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const name of fixtures) await cp(join(root, 'test', 'fixtures', name), join(directory, name));
  return directory;
}

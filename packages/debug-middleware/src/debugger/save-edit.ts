import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isInside } from './source-map.ts';

/**
 * Writes an edit to its file, whole or not at all.
 * @param before what V8 ran until now: if the file says anything else, somebody has changed it, or made it of something else
 * @returns why it was not written; undefined when it was
 */
export async function saveEdit(file: string, before: string, after: string, root: string): Promise<string | undefined> {
  if (!(await isInside(root, file))) return `${file} is outside the application, ${root}`;
  if (/[\\/]node_modules[\\/]/.test(file)) return `${file} belongs to a dependency`;
  const path = await realpath(file);
  const found = await readFile(path);
  if (!found.equals(Buffer.from(before))) return `${file} is not what the worker had loaded`;
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const { mode } = await stat(path);
    await writeFile(temporary, after, { mode, flag: 'wx' });
    await rename(temporary, path);
  } catch (problem) {
    await rm(temporary, { force: true });
    return `${file} could not be written: ${problem instanceof Error ? problem.message : String(problem)}`;
  }
  return undefined;
}

import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../errors.ts';
import { findInside } from './inside.ts';

/**
 * Writes an edit to its file, whole or not at all.
 * @param before what V8 ran until now: if the file says anything else, somebody has changed it, or made it of something else
 * @returns why it was not written; undefined when it was
 */
export async function saveEdit(file: string, before: string, after: string, root: string): Promise<string | undefined> {
  try {
    const { path, problem } = await findInside(root, file);
    if (path === undefined) {
      return problem === 'missing' ? `${file} is not there any more` : `${file} is outside the application, ${root}`;
    }
    if (/[\\/]node_modules[\\/]/.test(path)) return `${file} belongs to a dependency`;
    const found = await readFile(path);
    if (!found.equals(Buffer.from(before))) return `${file} is not what the worker had loaded`;
    await replace(path, after);
    return undefined;
  } catch (problem) {
    return `${file} could not be written: ${messageOf(problem)}`;
  }
}

async function replace(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const { mode } = await stat(path);
    await writeFile(temporary, text, { mode, flag: 'wx' });
    await rename(temporary, path);
  } catch (problem) {
    await rm(temporary, { force: true });
    throw problem;
  }
}

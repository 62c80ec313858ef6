import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { corruptMarkFile, markNotKept } from './errors.ts';
import type { Mark } from './traffic.ts';

export interface StoredMark {
  mark: Mark;
  by: string;
}

/**
 * Keeps the mark in a file, so that it survives a restart of the master.
 *
 * A file that cannot be understood means down: whoever turned persistence on wants a host that was taken out to stay out,
 * and a host too few is the smaller harm. The file is set aside and the reason says so.
 */
export class MarkStore {
  readonly path: string;
  /** What the file said; undefined when there was none. */
  readonly stored: StoredMark | undefined;
  /** Writes follow one another, or an earlier mark could overwrite a later one. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, stored: StoredMark | undefined) {
    this.path = path;
    this.stored = stored;
  }

  /**
   * @param report told of a file that was set aside; @default process.emitWarning
   * @throws what reading fails with, unless the file is absent
   */
  static async open(
    path: string,
    report: (problem: Error) => void = problem => process.emitWarning(problem),
  ): Promise<MarkStore> {
    const text = await readFile(path, 'utf8').catch(error => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return new MarkStore(path, undefined);
    const stored = parse(text);
    if (stored) return new MarkStore(path, stored);
    const keptAs = `${path}.corrupt-${randomUUID().slice(0, 8)}`;
    await rename(path, keptAs);
    report(corruptMarkFile(path, keptAs));
    return new MarkStore(path, { mark: 'down', by: 'a mark file that could not be read' });
  }

  /** Resolves when the mark is on disk. @throws TROUPE_ERR_ECV_MARK_NOT_KEPT */
  save(mark: StoredMark): Promise<void> {
    const write = () => replace(this.path, `${JSON.stringify(mark)}\n`);
    // A write that failed was reported to its own caller; it must not fail the next one.
    this.#writing = this.#writing.then(write, write);
    return this.#writing.catch(cause => {
      throw markNotKept(this.path, cause);
    });
  }
}

function parse(text: string): StoredMark | undefined {
  try {
    const { mark, by } = JSON.parse(text);
    return (mark === 'up' || mark === 'down') && typeof by === 'string' ? { mark, by } : undefined;
  } catch {
    // Not JSON, or JSON that is no object.
    return undefined;
  }
}

/** A reader sees the old file or the new one, even if the power fails in between. */
async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${randomUUID().slice(0, 8)}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

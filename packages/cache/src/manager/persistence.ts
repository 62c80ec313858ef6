import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@troupe/ipc/transport';
import type { RootDatabase } from 'lmdb';
import { persistFile } from '../errors.ts';
import { PAGE_BYTES, problemOf } from './database-file.ts';
import { type DiskRecord, decodeRecord, diskKey, encodeRecord } from './record.ts';

const FILE = 'cache.mdb';
/** Says how often reading the database was begun and never ended. */
const ATTEMPTS_FILE = 'opening';
/** A database that ended the process so often while it was read is taken for damaged. */
const MOST_ATTEMPTS = 3;

type Log = (line: string) => void;
type Database = RootDatabase<Buffer, Buffer>;

/**
 * What outlives the manager: one lmdb database in a directory of its own. Names and keys are in its records, so that none
 * of them ever becomes a file name. A change is kept through any kill once its promise has resolved; through a power cut
 * too, but for the last changes.
 */
export class Persistence {
  readonly #records: DiskRecord[];
  readonly #database: Database;

  private constructor(database: Database, records: DiskRecord[]) {
    this.#database = database;
    this.#records = records;
  }

  /** Whether there is something to be read. */
  static async isIn(directory: string): Promise<boolean> {
    return (await ifThere(problemOf(join(directory, FILE)).then(() => true))) ?? false;
  }

  /**
   * Opens what is in the directory, or makes it. What cannot be read is set aside under another name, with a line in the
   * log, and it begins empty.
   * @throws TROUPE_ERR_CACHE_PERSIST_FILE when the directory cannot be used
   */
  static async open(directory: string, log: Log): Promise<Persistence> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return await openIn(directory, log, (database, records) => new Persistence(database, records));
    } catch (cause) {
      throw persistFile(directory, cause);
    }
  }

  /** What was found; once. */
  takeRecords(): DiskRecord[] {
    return this.#records.splice(0);
  }

  /** Resolves when it will be found again. */
  async put(record: DiskRecord): Promise<void> {
    await this.#database.put(diskKey(record.cache, record.key), encodeRecord(record));
  }

  async remove(cache: string, key: string): Promise<void> {
    await this.#database.remove(diskKey(cache, key));
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

async function openIn<T>(
  directory: string,
  log: Log,
  made: (database: Database, records: DiskRecord[]) => T,
): Promise<T> {
  const file = join(directory, FILE);
  const attemptsFile = join(directory, ATTEMPTS_FILE);
  const attempts = Number((await ifThere(readFile(attemptsFile, 'utf8'))) ?? 0);
  const worn = attempts >= MOST_ATTEMPTS ? `reading it has ended ${attempts} processes in a row` : undefined;
  const problem = (await ifThere(problemOf(file))) ?? worn;
  if (problem !== undefined) await setAside(file, problem, log);
  await writeFile(attemptsFile, String(problem === undefined ? attempts + 1 : 1));
  const opened = (await tryToRead(file, log)) ?? (await read(file));
  await rm(attemptsFile, { force: true });
  return made(opened.database, opened.records);
}

/** Nothing when it was damaged and is set aside. */
async function tryToRead(file: string, log: Log): Promise<Awaited<ReturnType<typeof read>> | undefined> {
  try {
    return await read(file);
  } catch (problem) {
    await setAside(file, messageOf(problem), log);
    return undefined;
  }
}

async function read(file: string): Promise<{ database: Database; records: DiskRecord[] }> {
  // Loaded here: most clusters persist nothing, and it takes 28 ms.
  const { open } = await import('lmdb');
  const database: Database = open({ path: file, encoding: 'binary', keyEncoding: 'binary', pageSize: PAGE_BYTES });
  try {
    const records = [...database.getRange()].map(({ value }) => {
      const record = decodeRecord(value);
      if (record === undefined) throw new Error('one of its records is damaged');
      return record;
    });
    const { entryCount } = database.getStats() as { entryCount: number };
    if (records.length !== entryCount) throw new Error(`it has ${records.length} of its ${entryCount} records`);
    return { database, records };
  } catch (problem) {
    await database.close();
    throw problem;
  }
}

async function setAside(file: string, problem: string, log: Log): Promise<void> {
  const aside = `${file}.set-aside-${new Date().toISOString().replaceAll(':', '-')}`;
  await rename(file, aside);
  await rm(`${file}-lock`, { force: true });
  log(`the persisted cache ${file} cannot be used: ${problem}. It was set aside as ${aside}; the cache begins empty.`);
}

/** Nothing when the file does not exist. */
async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem && problem.code === 'ENOENT') return undefined;
    throw problem;
  }
}

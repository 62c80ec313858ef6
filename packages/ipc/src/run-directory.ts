import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { badArgument, noDirectory, unsafeDirectory } from './errors.ts';
import { clustersOfThisUser } from './find-clusters.ts';
import { checkSocketPath, codeOf, isDead } from './socket-path.ts';

/** A directory of this process for the sockets of its cluster. */
export interface RunDirectory {
  readonly path: string;
  /** The path of a socket in it (on Windows the name of a pipe). @throws TROUPE_ERR_IPC_PATH_TOO_LONG */
  socket(name: string): string;
  /** Removes what masters of this user left that died without. Nobody's start has to wait for it. */
  sweep(): Promise<void>;
  /** Removes it with all it holds; one that was given by name stays if it is not empty. */
  remove(): Promise<void>;
}

export interface RunDirectoryOptions {
  /** Exactly this directory, for those who must find the sockets. @default TROUPE_RUN_DIR */
  path?: string | undefined;
  /** Where the directories of this user's clusters are. @default XDG_RUNTIME_DIR, else the system's temporary directory */
  base?: string | undefined;
}

const PRIVATE = 0o700;
/** A socket younger than this may belong to a process that has bound it and listens a moment later, ms. */
const GRACE = 1_000;
const MOST_ATTEMPTS = 1_000;

/**
 * Creates the private directory (mode 0700) in which a master keeps its sockets.
 * @throws TROUPE_ERR_IPC_UNSAFE_DIRECTORY when somebody else could reach into it, TROUPE_ERR_IPC_NO_DIRECTORY when it
 *   cannot be created
 */
export async function createRunDirectory(options: RunDirectoryOptions = {}): Promise<RunDirectory> {
  if (process.platform === 'win32') return pipes();
  const exact = options.path ?? process.env.TROUPE_RUN_DIR;
  if (exact) {
    const created = makePrivate(exact);
    return runDirectory(exact, {
      sweep: () => Promise.resolve(),
      remove: () => (created ? removeIfEmpty(exact) : Promise.resolve()),
    });
  }
  const ours = clustersOfThisUser(options.base);
  makePrivate(ours);
  const path = makeOwn(ours);
  return runDirectory(path, {
    sweep: () => sweep(ours),
    remove: () => rm(path, { recursive: true, force: true }),
  });
}

function runDirectory(path: string, upkeep: Pick<RunDirectory, 'sweep' | 'remove'>): RunDirectory {
  return {
    path,
    ...upkeep,
    socket(name) {
      const socket = join(path, checkName(name));
      checkSocketPath(socket);
      return socket;
    },
  };
}

function pipes(): RunDirectory {
  const path = `\\\\.\\pipe\\troupe-${process.pid}`;
  const nothing = () => Promise.resolve();
  return { path, socket: name => `${path}-${checkName(name)}`, sweep: nothing, remove: nothing };
}

function checkName(name: string): string {
  if (!/^[\w-][\w.-]*$/.test(name))
    throw badArgument(`'${name}' is no name for a socket: use letters, digits, '-', '_' and '.'.`);
  return name;
}

// The calls that each start makes are synchronous: they take microseconds, and their detour over a thread takes much longer.

/** Makes sure that the directory exists and is ours alone; true when it was created. */
function makePrivate(path: string): boolean {
  const created = makeDirectory(path);
  const found = lstatSync(path);
  if (found.isSymbolicLink()) throw unsafeDirectory(path, 'it is a symbolic link');
  if (!found.isDirectory()) throw unsafeDirectory(path, 'it is no directory');
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid)
    throw unsafeDirectory(path, `it belongs to user ${found.uid}, not ${uid}`);
  if ((found.mode & 0o077) !== 0) throw unsafeDirectory(path, `its mode is 0${(found.mode & 0o777).toString(8)}`);
  return created;
}

/** A directory of our own: `<pid>`, or `<pid>-2`… where a process of another pid namespace has that already. */
function makeOwn(parent: string): string {
  for (let n = 1; n <= MOST_ATTEMPTS; n++) {
    const path = join(parent, n === 1 ? `${process.pid}` : `${process.pid}-${n}`);
    if (makeDirectory(path)) return path;
  }
  throw unsafeDirectory(parent, `it holds ${MOST_ATTEMPTS} directories of processes ${process.pid}`);
}

/** False when it exists. */
function makeDirectory(path: string): boolean {
  // It mostly does, and to see that takes a hundredth of the time that an error takes.
  if (lstatSync(path, { throwIfNoEntry: false })) return false;
  try {
    mkdirSync(path, { mode: PRIVATE });
    return true;
  } catch (problem) {
    if (codeOf(problem) === 'EEXIST') return false;
    throw problem instanceof Error ? noDirectory(path, problem) : problem;
  }
}

/**
 * Removes the directories whose sockets nobody listens on. A pid is no proof: processes of other pid namespaces may share
 * the directory.
 */
async function sweep(parent: string): Promise<void> {
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    const path = join(parent, entry.name);
    if (entry.isDirectory() && (await isAbandoned(path))) await rm(path, { recursive: true, force: true });
  }
}

async function isAbandoned(directory: string): Promise<boolean> {
  const entries = await orIfGone(readdir(directory, { withFileTypes: true }), []);
  const sockets = entries.filter(entry => entry.isSocket()).map(entry => join(directory, entry.name));
  if (sockets.length === 0) return false;
  const dead = await Promise.all(sockets.map(async path => (await isOld(path)) && (await isDead(path))));
  return dead.every(Boolean);
}

async function isOld(path: string): Promise<boolean> {
  const found = await orIfGone(lstat(path), undefined);
  return found !== undefined && Date.now() - found.mtimeMs > GRACE;
}

/** Another master may be sweeping at the same time. */
async function orIfGone<T, U>(work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work;
  } catch (problem) {
    if (codeOf(problem) === 'ENOENT') return otherwise;
    throw problem;
  }
}

async function removeIfEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (problem) {
    if (codeOf(problem) !== 'ENOTEMPTY' && codeOf(problem) !== 'ENOENT') throw problem;
  }
}

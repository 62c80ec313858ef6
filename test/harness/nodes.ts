import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The versions of Node that are supported. */
export const NODE_VERSIONS = ['20', '22', '24', '26'] as const;

/** npm has each version of Node as a package per platform. (Their common one, `node`, needs an install script.) */
const PACKAGE = `node-${process.platform}-${process.arch}`;
const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'troupe-nodes');

/** The path of a version's executable, which npm fetches when it is not here yet: some 6 s each. */
export async function nodeOf(version: string): Promise<string> {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath;
  const prefix = join(CACHE, version);
  const path = join(prefix, 'node_modules', PACKAGE, 'bin', 'node');
  if (existsSync(path)) return path;
  await mkdir(prefix, { recursive: true });
  await promisify(execFile)('npm', ['install', '--no-save', '--prefix', prefix, `${PACKAGE}@${version}`]);
  return path;
}

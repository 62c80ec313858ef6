import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notBuilt } from './errors.ts';

/** One file of the page, as it is served. */
export interface File {
  type: string;
  body: Buffer;
  etag: string;
}

/** What `scripts/bundle-ui.mjs` made of `ui/`. */
const DIRECTORY = fileURLToPath(new URL('../dist/ui/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The files of the page by their names: what is not among them is not served.
 * @param name under which the page is, for the links in it
 * @throws TROUPE_ERR_DEBUG_NOT_BUILT
 */
export async function readFiles(name: string, directory = DIRECTORY): Promise<ReadonlyMap<string, File>> {
  try {
    const found = (await readdir(directory)).filter(file => extname(file) in TYPES);
    return new Map(await Promise.all(found.map(async file => [file, await readOne(directory, file, name)] as const)));
  } catch (cause) {
    throw notBuilt(directory, cause);
  }
}

/** Tells one build of the page from another. */
export function versionOf(files: ReadonlyMap<string, File>): string {
  const hash = createHash('sha256');
  for (const [name, { etag }] of [...files].sort()) hash.update(`${name} ${etag}\n`);
  return hash.digest('base64url').slice(0, 12);
}

async function readOne(directory: string, file: string, name: string): Promise<File> {
  const read = await readFile(join(directory, file));
  const body = extname(file) === '.html' ? Buffer.from(read.toString().replaceAll('{{name}}', name)) : read;
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 24)}"`;
  return { type: TYPES[extname(file)] ?? 'application/octet-stream', body, etag };
}

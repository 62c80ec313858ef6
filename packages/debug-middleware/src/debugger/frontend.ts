import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { say } from '../serve.ts';
import { isAbsent } from './inside.ts';

const PACKAGE = '@react-native/debugger-frontend';

/** What DevTools needs: it builds functions and styles at run time. Nothing but a page of ours frames it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/** Where applications that embed DevTools put a script of theirs; we have none. */
const EMBEDDER_SCRIPT = 'embedder-static/embedderScript.js';

/** Where the files of Chrome's DevTools are; undefined when that package, which is optional, is not installed. */
function findFrontend(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
    return join(dirname(manifest), 'dist', 'third-party', 'front_end');
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem && problem.code === 'MODULE_NOT_FOUND') return undefined;
    throw problem;
  }
}

const INSTALL = `npm install ${PACKAGE}@0.86`;

/** The command that installs it; undefined when it is installed. */
export const howToInstall = (): string | undefined => (findFrontend() === undefined ? INSTALL : undefined);

/** Serves one file of it. `name` is relative, and has been checked to stay inside. */
export async function serveFrontend(req: IncomingMessage, res: ServerResponse, name: string): Promise<void> {
  const directory = findFrontend();
  if (directory === undefined) {
    return say(res, 404, `Chrome's DevTools is not installed here: run "${INSTALL}" beside the application.`);
  }
  if (name === EMBEDDER_SCRIPT) return void res.writeHead(200, headersFor('.js')).end();
  const file = join(directory, name);
  const found = await statIfThere(file);
  if (!found?.isFile()) return say(res, 404, 'DevTools has no such file.');
  const etag = `"${found.size.toString(36)}-${Math.trunc(found.mtimeMs).toString(36)}"`;
  const headers = { ...headersFor(extname(name)), etag };
  if (req.headers['if-none-match'] === etag) return void res.writeHead(304, headers).end();
  res.writeHead(200, { ...headers, 'content-length': found.size });
  if (req.method === 'HEAD') return void res.end();
  // A browser that leaves half-way is no failure.
  pipeline(createReadStream(file), res, () => undefined);
}

async function statIfThere(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (problem) {
    if (isAbsent(problem)) return undefined;
    throw problem;
  }
}

const headersFor = (extension: string): Record<string, string> => ({
  'content-type': TYPES[extension] ?? 'application/octet-stream',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cache-control': 'private, max-age=3600',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
});

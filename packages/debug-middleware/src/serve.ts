import type { IncomingMessage, ServerResponse } from 'node:http';
import type { File } from './files.ts';

/** Nothing comes from elsewhere, nothing is inline, nobody frames it, and no text becomes markup. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Serves a file of the page. Browsers ask again each time, and are told when theirs is the same. */
export function serve(
  req: IncomingMessage,
  res: ServerResponse,
  { type, body, etag }: File,
  { frames = false }: { /** It frames other pages of ours. */ frames?: boolean } = {},
): void {
  const headers = {
    'content-type': type,
    etag,
    'cache-control': 'no-cache',
    'content-security-policy': frames ? `${CONTENT_SECURITY_POLICY}; frame-src 'self'` : CONTENT_SECURITY_POLICY,
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
  if (req.headers['if-none-match'] === etag) res.writeHead(304, headers).end();
  else {
    res.writeHead(200, { ...headers, 'content-length': body.length });
    res.end(req.method === 'HEAD' ? undefined : body);
  }
}

export function say(res: ServerResponse, status: number, sentence: string, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(`${sentence}\n`);
}

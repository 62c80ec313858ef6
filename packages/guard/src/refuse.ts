import type { IncomingMessage, ServerResponse } from 'node:http';
import { preferredType } from './accept.ts';
import type { Refusal } from './errors.ts';
import { escapeHtml } from './escape-html.ts';

/** Answers a request that was turned away, as text, JSON or HTML by its Accept header. */
export function refuse(req: IncomingMessage, res: ServerResponse, refusal: Refusal): void {
  const type = preferredType(req.headers.accept, ['text/plain', 'application/json', 'text/html']);
  const body = render(type, refusal);
  res.writeHead(refusal.status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    vary: 'Accept',
    'x-content-type-options': 'nosniff',
    ...(type === 'text/html' ? { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" } : {}),
    ...(refusal.status === 401 ? { 'www-authenticate': 'Bearer realm="monitor"' } : {}),
    ...(refusal.retryAfter === undefined ? {} : { 'retry-after': String(refusal.retryAfter) }),
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

function render(type: 'text/plain' | 'application/json' | 'text/html', { code, message, login }: Refusal): string {
  if (type === 'application/json') return `${JSON.stringify({ error: { code, message } })}\n`;
  if (type === 'text/plain') return `${message}\n`;
  const link = login === undefined ? '' : `<p><a href="${escapeHtml(login)}">Log in</a></p>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Not allowed</title><p>${escapeHtml(message)}</p>${link}</html>\n`;
}

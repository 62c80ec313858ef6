import type { IncomingMessage, ServerResponse } from 'node:http';

/** The answer to one request, whole. */
export interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export function send(req: IncomingMessage, res: ServerResponse, { status = 200, type, headers, body }: Answer): void {
  res.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

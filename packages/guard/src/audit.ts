import type { IncomingMessage } from 'node:http';
import type { Access } from './access.ts';

/** One line of the audit log. */
export interface AuditEntry {
  /** ms since the epoch. */
  time: number;
  /** How the visitor proved who he is: `loopback`, `token`, `session`, or `anyone`. */
  who: string;
  /** The other end of the connection; absent for a Unix socket. */
  address?: string;
  action: string;
  method?: string;
  /** Without its query string, which may carry what does not belong in a log. */
  path?: string;
  /** What the visitor may do at most. */
  access: Access;
  details?: Record<string, unknown>;
}

export function auditEntry(
  req: IncomingMessage,
  visitor: { who: string; access: Access },
  action: string,
  time: number,
  details?: Record<string, unknown>,
): AuditEntry {
  return {
    time,
    who: visitor.who,
    ...(req.socket.remoteAddress === undefined ? {} : { address: req.socket.remoteAddress }),
    action,
    ...(req.method === undefined ? {} : { method: req.method }),
    path: pathOf(req),
    access: visitor.access,
    ...(details === undefined ? {} : { details }),
  };
}

/** The path as the client sent it, whatever prefix a router took off. */
export function pathOf(req: IncomingMessage): string {
  const url = 'originalUrl' in req && typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '');
  return url.split('?', 1)[0] ?? '';
}

/** Where audit entries go unless the guard is given something else: a line of JSON on stderr. */
export function auditToStderr(entry: AuditEntry): void {
  process.stderr.write(`${JSON.stringify({ audit: entry })}\n`);
}

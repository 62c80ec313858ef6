import type { IncomingMessage, ServerResponse } from 'node:http';
import { defaultGuard, type Guard, type Middleware, preferredType, refuse } from '@troupe/guard';
import { type Client, connect } from '@troupe/ipc';
import { badOption } from './errors.ts';
import { exposition, OPEN_METRICS, PROMETHEUS } from './exposition.ts';

/** How much longer than its workers the master may take, ms. */
const MARGIN = 1_000;

export interface MetricsOptions {
  /** @default '/metrics' */
  path?: string | undefined;
  /** How long workers may take, ms; who is late counts with what he said last. @default 1000 */
  timeout?: number | undefined;
  /** Who may look (access `view`). @default the process's default guard */
  guard?: Guard | undefined;
  /** The bus. @default connect() of `@troupe/ipc`, at the first request */
  client?: Pick<Client, 'request'> | undefined;
}

/**
 * What the cluster measures, for Prometheus: Connect and Express middleware for the master or any other process on the
 * bus. Text of Prometheus, or of OpenMetrics to whoever prefers it.
 * @throws TROUPE_ERR_METRICS_OPTIONS
 */
export function metrics(options: MetricsOptions = {}): Middleware {
  const { path = '/metrics', timeout = 1_000 } = options;
  if (!/^\/[^?#]*$/.test(path)) throw badOption('path', path, 'a path that begins with "/"');
  if (!(timeout > 0 && Number.isFinite(timeout))) throw badOption('timeout', timeout, 'more than 0 ms');
  return (req, res, next) => {
    if (req.url?.split('?')[0] !== path) next();
    else answer(req, res, { ...options, timeout }).catch(next);
  };
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { guard = defaultGuard(), client = connect(), timeout }: MetricsOptions & { timeout: number },
): Promise<void> {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('allow', 'GET, HEAD');
    return say(res, 405, 'Use GET or HEAD.\n');
  }
  const decision = await guard.authorize(req, 'view');
  if (!decision.allowed) return refuse(req, res, decision);
  const collected = await client
    .request('master', 'metrics.collect', { timeout }, { timeout: timeout + MARGIN })
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  if (collected instanceof Error) return say(res, 503, `${collected.message}\n`);
  const { type, text } = await exposition(collected, preferredType(req.headers.accept, [PROMETHEUS, OPEN_METRICS]));
  say(res, 200, text, type);
}

/** Node leaves the body out where the method is HEAD. */
function say(res: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', vary: 'accept' });
  res.end(text);
}

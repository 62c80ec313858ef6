import type { IncomingMessage } from 'node:http';
import type { Access } from './access.ts';
import { type AllowedHost, type Host, parseOrigin, type Scheme } from './host.ts';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Says why a request that a browser sent may not do this, or undefined when it may. `host` is the request's own, already
 * found to be on the allow-list.
 *
 * - Upgrades and mutations: Origin must be exactly ours. It may be absent only if no browser is at work, and a browser
 *   gives itself away by Sec-Fetch-Site.
 * - GET may operate, as cluster2's scripts do, but not when the browser says that another site (or another port of this
 *   host, `same-site`) caused it.
 * - Reading across sites is left to links that a person follows; nothing may be embedded.
 */
export function foreignOrigin(
  req: IncomingMessage,
  needed: Access,
  host: Host,
  allowed: readonly AllowedHost[],
): string | undefined {
  const { origin, referer } = req.headers;
  const site = req.headers['sec-fetch-site'];
  if (origin !== undefined && !isOurs(origin, req, host, allowed)) return `Origin: ${origin}`;
  const strict = isUpgrade(req) || !SAFE_METHODS.includes(req.method ?? '');
  if (strict && origin === undefined && site !== undefined) return 'a browser that sends no Origin';
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    const follows =
      needed === 'view' && req.headers['sec-fetch-mode'] === 'navigate' && req.headers['sec-fetch-dest'] === 'document';
    if (strict || !follows) return `Sec-Fetch-Site: ${String(site)}`;
  }
  // Browsers leave Sec-Fetch-* out where neither TLS nor loopback makes the connection trustworthy; Referer is all they say.
  if (site === undefined && referer !== undefined && needed !== 'view') {
    const from = /^https?:\/\/[^/?#]*/i.exec(referer)?.[0];
    if (from === undefined || !isOurs(from, req, host, allowed)) return `Referer: ${from ?? referer}`;
  }
  return undefined;
}

/**
 * Whether a request says nothing of where it comes from. Nobody but a browser holds a session, and its cookie goes to
 * every port of a host; so with a session silence is not enough to operate.
 */
export function saysNothingOfItsOrigin({ headers }: IncomingMessage): boolean {
  return headers.origin === undefined && headers.referer === undefined && headers['sec-fetch-site'] === undefined;
}

/** Scheme, name and port are those of the request itself, or of a public origin on the allow-list for the same name. */
function isOurs(text: string, req: IncomingMessage, host: Host, allowed: readonly AllowedHost[]): boolean {
  const origin = parseOrigin(text);
  if (origin === undefined || origin.name !== host.name) return false;
  const scheme = requestScheme(req);
  if (origin.scheme === scheme && portOf(origin, scheme) === portOf(host, scheme)) return true;
  return allowed.some(
    ({ scheme, ...entry }) =>
      scheme === origin.scheme && entry.name === origin.name && portOf(entry, scheme) === portOf(origin, scheme),
  );
}

export function requestScheme(req: IncomingMessage): Scheme {
  return 'encrypted' in req.socket && req.socket.encrypted === true ? 'https' : 'http';
}

function isUpgrade(req: IncomingMessage): boolean {
  return req.headers.upgrade !== undefined;
}

function portOf(host: Host, scheme: Scheme): number {
  return host.port ?? (scheme === 'https' ? 443 : 80);
}

import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { badAllowedHost } from './errors.ts';

/** A Host as text, exactly as it was spelled but for letter case. IPv6 addresses keep their brackets. */
export interface Host {
  name: string;
  port: number | undefined;
}

export type Scheme = 'http' | 'https';

/** One entry of the allow-list. A port or scheme that is absent is not compared. */
export interface AllowedHost extends Host {
  scheme: Scheme | undefined;
}

/**
 * No trailing dot, no userinfo, no percent sign, nothing a URL parser would rewrite. `0x7f.1` and `017700000001` pass as
 * names, and then are not on the list: names are compared as text and never resolved, which is what stops DNS rebinding.
 */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?)(?::([0-9]{1,5}))?$/i;
const ORIGIN = /^(https?):\/\/([^/]+)$/i;

export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARDS: readonly string[] = ['0.0.0.0', '[::]'];

export function parseHost(text: string): Host | undefined {
  const [, name, digits] = HOST.exec(text) ?? [];
  if (name === undefined) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return { name: name.toLowerCase(), port };
}

export function parseOrigin(text: string): (Host & { scheme: Scheme }) | undefined {
  const [, scheme, authority] = ORIGIN.exec(text) ?? [];
  const host = authority === undefined ? undefined : parseHost(authority);
  if (host === undefined) return undefined;
  return { ...host, scheme: scheme?.toLowerCase() === 'https' ? 'https' : 'http' };
}

/** @throws TROUPE_ERR_GUARD_ALLOWED_HOST for what is neither a host nor an origin. */
export function parseAllowedHost(entry: string): AllowedHost {
  const origin = parseOrigin(entry);
  if (origin) return origin;
  const host = parseHost(isIPv6(entry) ? bracketed(entry) : entry);
  if (!host) throw badAllowedHost(entry);
  return { ...host, scheme: undefined };
}

/** An address as a browser would put it into a Host header. `::ffff:10.0.0.1` is the IPv4 address it stands for. */
export function addressAsHost(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIPv6(plain) && !plain.includes('%') ? bracketed(plain) : plain.toLowerCase();
}

/**
 * The host a request is for, as text: the Host header, HTTP/2's `:authority`, and the authority of an absolute request
 * target. All that are there must agree, and Host may come once, or else two readers could see two hosts; then, and when
 * there is none, the answer is undefined.
 */
export function requestHost(req: IncomingMessage): string | undefined {
  const said: string[] = [];
  let headers = 0;
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i]?.toLowerCase();
    if (name === 'host') headers += 1;
    if (name === 'host' || name === ':authority') said.push(req.rawHeaders[i + 1]?.toLowerCase() ?? '');
  }
  const target = 'originalUrl' in req && typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '');
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1];
  if (absolute !== undefined) said.push(absolute.toLowerCase());
  return headers <= 1 && new Set(said).size === 1 ? said[0] : undefined;
}

/** Whether a request for `host` is meant for us: a loopback name, an address of ours, or a name that was allowed. */
export function hostAllowed(host: Host, allowed: readonly AllowedHost[], addresses: readonly string[]): boolean {
  if (LOOPBACK_NAMES.includes(host.name)) return true;
  if (!WILDCARDS.includes(host.name) && addresses.some(address => addressAsHost(address) === host.name)) return true;
  return allowed.some(
    entry =>
      entry.name === host.name && (entry.port === undefined || entry.port === host.port || entry.scheme !== undefined),
  );
}

function bracketed(address: string): string {
  return new URL(`http://[${address}]`).hostname;
}

import type { IncomingHttpHeaders } from 'node:http';

/** What proxies add to a request they pass on. A request with one of them does not come from whom the socket belongs to. */
const HEADERS: ReadonlySet<string> = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'client-ip',
  'true-client-ip',
  'x-cluster-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'x-original-host',
  'x-original-url',
  'x-appengine-user-ip',
]);
const PREFIXES = ['x-forwarded', 'x-envoy-', 'x-arr-', 'x-proxy'] as const;

/** Whether a proxy says that it passed this request on. That a header is there is enough, even if it is empty. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some(name => HEADERS.has(name) || PREFIXES.some(prefix => name.startsWith(prefix)));
}

import { type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { connect as connectSecurely } from 'node:tls';
import { say } from '../serve.ts';

/** Of the connection rather than the request (RFC 9110, section 7.6.1), or the monitor's own business. */
const KEPT: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** The monitor's session is not for the application. */
const OWN_COOKIE = /^\s*troupe_session_/;
/** How a person gives the application the header that the monitor needs for itself. */
const AUTHORIZATION = 'troupe-authorization';

/**
 * Passes a request on to one worker, by the private door to its application, and the answer back: no other worker can get it, and
 * whoever is at a breakpoint there has it wait. What the application sends is shown as it is but can do nothing in the
 * monitor's name.
 * @param path as the application should see it, with its query string
 */
export function passOn(
  req: IncomingMessage,
  res: ServerResponse,
  target: { door: string; path: string; host: string; secure: boolean },
): void {
  const { door, path, host, secure } = target;
  const options = { path, method: req.method, headers: { ...forwarded(req.headers), host }, agent: false as const };
  const upstream = secure
    ? requestSecurely({
        ...options,
        rejectUnauthorized: false,
        createConnection: () => connectSecurely({ socket: connect(door), rejectUnauthorized: false }),
      })
    : request({ ...options, socketPath: door });
  upstream.once('response', answer => {
    res.writeHead(answer.statusCode ?? 502, answer.statusMessage, { ...returned(answer.headers, req), ...FENCE });
    pipeline(answer, res, () => undefined);
  });
  upstream.once('error', problem => {
    if (res.headersSent) res.destroy();
    else say(res, 502, `The worker did not answer: ${problem.message}. It may be stopped, or have ended.`);
  });
  res.once('close', () => upstream.destroy());
  req.pipe(upstream);
}

/** A browser that shows the answer as a page gives it an origin of its own, without scripts. */
const FENCE = {
  'content-security-policy': 'sandbox',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const passed = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !KEPT.has(name) && name !== AUTHORIZATION && name !== 'cookie'),
  );
  const cookies = headers.cookie?.split(';').filter(cookie => !OWN_COOKIE.test(cookie)) ?? [];
  const authorization = headers[AUTHORIZATION];
  return {
    ...passed,
    ...(cookies.length > 0 && { cookie: cookies.join(';').trim() }),
    ...(typeof authorization === 'string' && { authorization }),
  };
}

/** A browser would keep the application's cookies for the monitor. */
function returned(headers: IncomingHttpHeaders, req: IncomingMessage): IncomingHttpHeaders {
  const isBrowser = req.headers['sec-fetch-site'] !== undefined;
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !KEPT.has(name) && !(isBrowser && name === 'set-cookie')),
  );
}

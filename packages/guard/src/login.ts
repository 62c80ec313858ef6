import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './access.ts';
import type { Attempts } from './attempts.ts';
import { pathOf } from './audit.ts';
import { type Refusal, tooManyAttempts, wrongToken } from './errors.ts';
import { escapeHtml } from './escape-html.ts';
import { readForm } from './form.ts';
import { requestScheme } from './origin.ts';
import { refuse } from './refuse.ts';
import type { Sessions } from './sessions.ts';
import { sameToken } from './token.ts';

const STYLE = [
  ':root{color-scheme:light dark;background:light-dark(#fff,#12141a);color:light-dark(#1b1f2a,#e8eaf0)}',
  'body{font:16px system-ui;max-width:26rem;margin:15vh auto;padding:0 1rem}',
  'input{width:100%;box-sizing:border-box;padding:.5rem;margin:.5rem 0;font:inherit}',
  'button{font:inherit;padding:.375rem 1rem}[role=alert]{color:light-dark(#b42318,#ff8f85)}',
].join('');
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface LoginOptions {
  /** Where the form is; logging out is beside it. */
  path: string;
  token: string | undefined;
  sessions: Sessions;
  attempts: Attempts;
  check: (req: IncomingMessage, needed: Access) => Refusal | undefined;
  audit: (req: IncomingMessage, action: string) => void;
}

/** The form that trades the token for a session: `GET` and `POST /login`, `POST /logout`. It works without scripts. */
export class Login {
  readonly path: string;
  readonly logout: string;
  readonly #options: LoginOptions;

  constructor(options: LoginOptions) {
    this.path = options.path;
    this.logout = options.path.replace(/[^/]*$/, 'logout');
    this.#options = options;
  }

  handle(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void {
    const path = pathOf(req);
    const page = path === this.path ? 'login' : path === this.logout ? 'logout' : undefined;
    if (page === undefined || this.#options.token === undefined) next();
    else {
      this.#serve(page, req, res, this.#options.token).catch(error => {
        // Nobody waits for an answer to half a form.
        if (!req.readableAborted) next(error);
      });
    }
  }

  async #serve(page: 'login' | 'logout', req: IncomingMessage, res: ServerResponse, token: string): Promise<void> {
    const reads = page === 'login' && (req.method === 'GET' || req.method === 'HEAD');
    if (!reads && req.method !== 'POST') return onlyAllow(res, page === 'login' ? 'GET, HEAD, POST' : 'POST');
    const refusal = this.#options.check(req, reads ? 'view' : 'operate');
    if (refusal) return refuse(req, res, refusal);
    if (reads) return showForm(req, res, 200);
    return page === 'login' ? this.#begin(req, res, token) : this.#end(req, res);
  }

  async #begin(req: IncomingMessage, res: ServerResponse, expected: string): Promise<void> {
    const { attempts, sessions, audit } = this.#options;
    const address = req.socket.remoteAddress ?? '';
    const given = (await readForm(req)).get('token') ?? '';
    const wait = attempts.wait(address);
    if (wait > 0) return refuse(req, res, tooManyAttempts(wait));
    if (!sameToken(given, expected)) {
      attempts.failed(address);
      audit(req, 'login-failed');
      return showForm(req, res, 403, wrongToken(this.path).message);
    }
    attempts.succeeded(address);
    audit(req, 'login');
    const cookie = sessions.begin(requestScheme(req) === 'https');
    res.writeHead(303, { 'set-cookie': cookie, location: returnPath(req), 'cache-control': 'no-store' }).end();
  }

  #end(req: IncomingMessage, res: ServerResponse): void {
    const cookie = this.#options.sessions.end(req.headers.cookie, requestScheme(req) === 'https');
    this.#options.audit(req, 'logout');
    res.writeHead(303, { 'set-cookie': cookie, location: this.path, 'cache-control': 'no-store' }).end();
  }
}

/** Where `?next=` leads after the login: a path of this server, whatever a link to the form was made to say. */
export function returnPath(req: IncomingMessage): string {
  const url = 'originalUrl' in req && typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '');
  const next = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('next') ?? '/';
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/';
}

/** The form has no action: it is sent to where it came from, `?next=` included. */
function showForm(req: IncomingMessage, res: ServerResponse, status: number, problem?: string): void {
  const complaint = problem === undefined ? '' : `<p role="alert">${escapeHtml(problem)}</p>`;
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Log in</title><style>${STYLE}</style>
<main><h1>Monitor</h1>${complaint}<form method="post"><label>Token<input name="token" type="password" autocomplete="current-password" required autofocus></label><button>Log in</button></form></main></html>
`;
  res.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cache-control': 'no-store',
    // Not "no-referrer": browsers would then send "Origin: null" with the form.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

function onlyAllow(res: ServerResponse, methods: string): void {
  res.writeHead(405, { allow: methods, 'content-type': 'text/plain; charset=utf-8' }).end(`Use ${methods}.\n`);
}

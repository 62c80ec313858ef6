import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Access, includes } from './access.ts';
import { Attempts } from './attempts.ts';
import { type AuditEntry, auditEntry, auditToStderr } from './audit.ts';
import {
  debugNeedsToken,
  emptyToken,
  notAllowed,
  type Refusal,
  tooManyAttempts,
  wrongHost,
  wrongOrigin,
  wrongToken,
} from './errors.ts';
import { isForwarded } from './forwarding.ts';
import { type AllowedHost, hostAllowed, parseAllowedHost, parseHost, requestHost } from './host.ts';
import { Login } from './login.ts';
import { ownedByUs } from './loopback.ts';
import { foreignOrigin, saysNothingOfItsOrigin } from './origin.ts';
import { Sessions } from './sessions.ts';
import { bearerToken, sameToken } from './token.ts';

export interface GuardOptions {
  /** What opens everything, as `Authorization: Bearer` or in the login form. @default `TROUPE_MON_TOKEN`, else none */
  token?: string | undefined;
  /** Whether processes of our user and root on this machine need no token. @default true */
  trustLoopback?: boolean | undefined;
  /**
   * Names the monitor goes by, beside loopback names and addresses of its own: `mon.example.com` on any port,
   * `mon.example.com:8081` on that one, `https://mon.example.com` when a proxy in front speaks TLS. @default none
   */
  allowedHosts?: readonly string[] | undefined;
  /** The names or addresses the monitor was bound to, asked at each request. @default none but the connection's own */
  addresses?: (() => readonly string[]) | undefined;
  /** Whether debugging needs the token even on loopback. @default NODE_ENV is "production" */
  production?: boolean | undefined;
  /** Where the login form is mounted. @default '/login' */
  login?: string | undefined;
  /** Told of each operate and debug action, and of each login. @default a line of JSON on stderr */
  audit?: ((entry: AuditEntry) => void) | undefined;
  /** The clock, ms since the epoch. @default Date.now */
  now?: (() => number) | undefined;
}

/** A visitor who may come in: how he proved who he is, and the access that was asked for. */
export interface Admission {
  allowed: true;
  who: string;
  access: Access;
  /** Where a form without fields is posted to log out; absent when he has not logged in. */
  logout?: string;
}

export type Decision = Admission | Refusal;

/** Who may call a route of the monitor. Implement it to replace the built-in rules (`guard: myGuard`). */
export interface Guard {
  /** Decides one request, or one upgrade. Nothing is written; {@link requires} and {@link refuse} do that. */
  authorize(req: IncomingMessage, needed: Access): Decision | Promise<Decision>;
  /** What this visitor may do at most, for pages that hide what he may not. */
  level(req: IncomingMessage): Access | Promise<Access>;
  /** Connect middleware with the guard's own pages, such as a login form. */
  handle?(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void;
  /** Records what a visitor did. Call it once for each operate or debug action. */
  audit(req: IncomingMessage, action: string, details?: Record<string, unknown>): void;
}

/** What a request proves of its sender, whatever it asks for. */
type Visitor = { who: string; access: Access; refusal?: Refusal };
const ANYONE: Visitor = { who: 'anyone', access: 'probe' };

/**
 * The built-in guard; its README tells the rules as a whole.
 * @throws TROUPE_ERR_GUARD_TOKEN, TROUPE_ERR_GUARD_ALLOWED_HOST
 */
export function createGuard(options: GuardOptions = {}): Required<Guard> {
  return new BuiltInGuard(options);
}

class BuiltInGuard implements Required<Guard> {
  readonly #options: GuardOptions;
  readonly #token: string | undefined;
  readonly #production: boolean;
  readonly #allowed: readonly AllowedHost[];
  readonly #now: () => number;
  readonly #sessions: Sessions;
  readonly #attempts: Attempts;
  readonly #login: Login;
  /** Of each request, so that a wrong token counts once however often it is looked at. */
  readonly #visitors = new WeakMap<IncomingMessage, Promise<Visitor>>();
  readonly #identified = new WeakMap<IncomingMessage, Visitor>();
  /** Of each connection: its other end does not change hands. */
  readonly #owned = new WeakMap<object, Promise<boolean>>();

  constructor(options: GuardOptions) {
    if (options.token === '') throw emptyToken();
    this.#options = options;
    this.#token = options.token ?? (process.env.TROUPE_MON_TOKEN || undefined);
    this.#production = options.production ?? process.env.NODE_ENV === 'production';
    this.#allowed = (options.allowedHosts ?? []).map(parseAllowedHost);
    this.#now = options.now ?? Date.now;
    this.#sessions = new Sessions(this.#now);
    this.#attempts = new Attempts(this.#now);
    this.#login = new Login({
      path: options.login ?? '/login',
      token: this.#token,
      sessions: this.#sessions,
      attempts: this.#attempts,
      // The form is for those who may not come in yet; it only must not be driven by another site.
      check: (req, needed) => this.#misdirected(req, needed),
      audit: (req, action) => this.#record(req, ANYONE, action),
    });
  }

  async authorize(req: IncomingMessage, needed: Access): Promise<Decision> {
    if (needed === 'probe') return { allowed: true, who: 'anyone', access: needed };
    const misdirected = this.#misdirected(req, needed);
    if (misdirected) return misdirected;
    const visitor = await this.#visitor(req);
    if (visitor.refusal) return visitor.refusal;
    if (visitor.who === 'session' && includes(needed, 'operate') && saysNothingOfItsOrigin(req)) {
      return wrongOrigin('it does not say where it comes from');
    }
    if (includes(visitor.access, needed)) {
      const { who } = visitor;
      return { allowed: true, who, access: needed, ...(who === 'session' && { logout: this.#login.logout }) };
    }
    const login = this.#token === undefined ? undefined : this.#login.path;
    return includes(visitor.access, 'operate') ? debugNeedsToken(login) : notAllowed(needed, login);
  }

  async level(req: IncomingMessage): Promise<Access> {
    if (this.#misdirected(req, 'view')) return 'probe';
    return (await this.#visitor(req)).access;
  }

  handle(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void {
    this.#login.handle(req, res, next);
  }

  audit(req: IncomingMessage, action: string, details?: Record<string, unknown>): void {
    this.#record(req, this.#identified.get(req) ?? ANYONE, action, details);
  }

  /** Whether the request was meant for somebody else, or was made by somebody else's page. */
  #misdirected(req: IncomingMessage, needed: Access): Refusal | undefined {
    const text = requestHost(req);
    const host = text === undefined ? undefined : parseHost(text);
    const addresses = [...(this.#options.addresses?.() ?? []), req.socket.localAddress ?? ''];
    if (!host || !hostAllowed(host, this.#allowed, addresses)) return wrongHost(text ?? '');
    const foreign = foreignOrigin(req, needed, host, this.#allowed);
    return foreign === undefined ? undefined : wrongOrigin(foreign);
  }

  #visitor(req: IncomingMessage): Promise<Visitor> {
    const known = this.#visitors.get(req);
    if (known) return known;
    const visitor = this.#identify(req).then(identified => {
      this.#identified.set(req, identified);
      return identified;
    });
    this.#visitors.set(req, visitor);
    return visitor;
  }

  async #identify(req: IncomingMessage): Promise<Visitor> {
    const bearer = bearerToken(req.headers.authorization);
    if (this.#token !== undefined && bearer !== undefined) return this.#byToken(req, bearer, this.#token);
    if (this.#token !== undefined && this.#sessions.has(req.headers.cookie)) return { who: 'session', access: 'debug' };
    if (await this.#isTrustedPeer(req)) return { who: 'loopback', access: this.#production ? 'operate' : 'debug' };
    return ANYONE;
  }

  #byToken(req: IncomingMessage, given: string, expected: string): Visitor {
    const address = req.socket.remoteAddress ?? '';
    const wait = this.#attempts.wait(address);
    if (wait > 0) return { ...ANYONE, refusal: tooManyAttempts(wait) };
    if (sameToken(given, expected)) {
      this.#attempts.succeeded(address);
      return { who: 'token', access: 'debug' };
    }
    this.#attempts.failed(address);
    return { ...ANYONE, refusal: wrongToken(this.#login.path) };
  }

  async #isTrustedPeer(req: IncomingMessage): Promise<boolean> {
    if (this.#options.trustLoopback === false || isForwarded(req.headers)) return false;
    const known = this.#owned.get(req.socket);
    if (known) return known;
    const owned = ownedByUs(req.socket);
    this.#owned.set(req.socket, owned);
    return owned;
  }

  #record(req: IncomingMessage, visitor: Visitor, action: string, details?: Record<string, unknown>): void {
    const write = this.#options.audit ?? auditToStderr;
    write(auditEntry(req, visitor, action, this.#now(), details));
  }
}

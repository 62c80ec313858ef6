import { randomBytes } from 'node:crypto';

/** How long a login lasts, ms. */
export const SESSION_LIFETIME = 12 * 3_600_000;
/** Logins at a time; the oldest gives way to one more. */
export const MAX_SESSIONS = 100;

/**
 * Who has logged in. A session is a random id in a cookie that scripts cannot read and other sites cannot send; it is
 * never the token, since a cookie goes to every port of a host.
 */
export class Sessions {
  /** Of this guard alone, so that two clusters on one host do not log each other out. */
  readonly cookie = `troupe_session_${randomBytes(4).toString('hex')}`;
  readonly #now: () => number;
  /** When each ends, oldest first. */
  readonly #ends = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#ends.size;
  }

  /** @returns the value of a Set-Cookie header. */
  begin(secure: boolean): string {
    this.#dropEnded();
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size < MAX_SESSIONS) break;
      this.#ends.delete(oldest);
    }
    const id = randomBytes(32).toString('base64url');
    this.#ends.set(id, this.#now() + SESSION_LIFETIME);
    return this.#setCookie(id, SESSION_LIFETIME / 1000, secure);
  }

  /** Ends the session of a Cookie header. @returns the value of a Set-Cookie header that removes it. */
  end(cookies: string | undefined, secure: boolean): string {
    for (const id of this.#ids(cookies)) this.#ends.delete(id);
    return this.#setCookie('', 0, secure);
  }

  has(cookies: string | undefined): boolean {
    return this.#ids(cookies).some(id => (this.#ends.get(id) ?? 0) > this.#now());
  }

  #ids(cookies = ''): string[] {
    const prefix = `${this.cookie}=`;
    return cookies
      .split(';')
      .map(cookie => cookie.trim())
      .filter(cookie => cookie.startsWith(prefix))
      .map(cookie => cookie.slice(prefix.length));
  }

  #dropEnded(): void {
    for (const [id, end] of this.#ends) if (end <= this.#now()) this.#ends.delete(id);
  }

  #setCookie(value: string, maxAge: number, secure: boolean): string {
    return `${this.cookie}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  }
}

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import connectApp from 'connect';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { readForm } from '../src/form.ts';
import { type AuditEntry, createGuard, type GuardOptions, requires } from '../src/index.ts';
import { MAX_SESSIONS, SESSION_LIFETIME, Sessions } from '../src/sessions.ts';
import { raw, serve } from './servers.ts';

/** A monitor that trusts nobody without the token. */
async function monitor(options: GuardOptions = {}) {
  const log: AuditEntry[] = [];
  const guard = createGuard({ token: 'secret', trustLoopback: false, audit: entry => log.push(entry), ...options });
  const app = connectApp();
  app.use((req, res, next) => guard.handle(req, res, next));
  app.use(requires('operate', guard));
  app.use((_req, res) => void res.end('inside'));
  const { origin, port } = await serve(app);
  const login = (token: string, path = '/login', headers: Record<string, string> = {}) =>
    fetch(origin + path, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ token }),
      headers: { origin, ...headers },
    });
  return { origin, port, login, log };
}

const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';

describe('the login form', () => {
  test('trades the token for a session that opens everything', async () => {
    const { origin, login } = await monitor();
    const response = await login('secret', '/login?next=/debug%3Fa=1');
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/debug?a=1');
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^troupe_session_[0-9a-f]{8}=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain('secret');
    const inside = await fetch(origin, { headers: { cookie: cookieOf(response), 'sec-fetch-site': 'same-origin' } });
    expect(await inside.text()).toBe('inside');
  });

  test('with a session, a request that hides where it comes from may not operate', async () => {
    const { origin, login } = await monitor();
    const cookie = cookieOf(await login('secret'));
    expect(
      (
        await raw(
          Number(new URL(origin).port),
          `GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
        )
      ).split('\r\n')[0],
    ).toContain('403');
  });

  test('is a page without scripts that nothing else can frame', async () => {
    const { origin } = await monitor();
    const response = await fetch(`${origin}/login`);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).not.toMatch(/<script|javascript:|https?:/);
    expect(await (await fetch(`${origin}/login`, { method: 'HEAD' })).text()).toBe('');
  });

  test('says when the token is wrong, and does not repeat it', async () => {
    const { login, log } = await monitor();
    const response = await login('<b>guess</b>');
    expect(response.status).toBe(403);
    expect(response.headers.get('set-cookie')).toBeNull();
    const page = await response.text();
    expect(page).toContain('The monitor token is wrong.');
    expect(page).not.toContain('guess');
    expect(log).toMatchObject([{ action: 'login-failed', who: 'anyone', path: '/login' }]);
  });

  test('limits attempts', async () => {
    const { login } = await monitor();
    for (let i = 0; i < 10; i += 1) expect((await login(`guess${i}`)).status).toBe(403);
    const response = await login('secret');
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test.each<[string, Record<string, string>]>([
    ['another site', { origin: 'http://evil.example' }],
    ['a sandboxed frame', { origin: 'null' }],
  ])('cannot be sent by %s', async (_, headers) => {
    const { login } = await monitor();
    expect((await login('secret', '/login', headers)).status).toBe(403);
  });

  test('does not read a form without end', async () => {
    const { login } = await monitor();
    expect((await login(`secret${'x'.repeat(10_000)}`)).status).toBe(403);
    const endless = Readable.from([
      Buffer.from('token=secret&'),
      Buffer.alloc(5_000, 'x'),
      Buffer.from('&token=secret'),
    ]);
    expect((await readForm(endless as IncomingMessage)).get('token')).toBeNull();
  });

  test('other methods are told which ones there are', async () => {
    const { origin } = await monitor();
    const response = await fetch(`${origin}/login`, { method: 'PUT' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect((await fetch(`${origin}/logout`)).status).toBe(405);
  });

  test('is not there when there is no token', async () => {
    const guard = createGuard({});
    const { origin } = await serve((req, res) => guard.handle(req, res, () => void res.end('next')));
    expect(await (await fetch(`${origin}/login`)).text()).toBe('next');
  });

  test('works behind a body parser, and mounted in Express', async () => {
    const guard = createGuard({ token: 'secret', audit: () => {}, login: '/admin/login' });
    const app = express();
    app.use(express.urlencoded({ extended: true }));
    app.use('/admin', (req, res, next) => guard.handle(req, res, next));
    const { origin } = await serve(app);
    const body = new URLSearchParams({ token: 'secret' });
    const response = await fetch(`${origin}/admin/login`, { method: 'POST', redirect: 'manual', body });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
  });

  test.each(['//evil.example', '/\\evil.example', 'http://evil.example', 'evil', '/a\r\nb', '/a b', ''])(
    'does not lead away to %j',
    async next => {
      const { login } = await monitor();
      const response = await login('secret', `/login?next=${encodeURIComponent(next)}`);
      expect(response.headers.get('location')).toBe('/');
    },
  );
});

describe('a session', () => {
  const inside = async (origin: string, cookie: string) =>
    (await fetch(origin, { headers: { cookie, 'sec-fetch-site': 'same-origin' } })).status;

  test('ends with the logout', async () => {
    const { origin, login, log } = await monitor();
    const cookie = cookieOf(await login('secret'));
    expect(await inside(origin, cookie)).toBe(200);
    const response = await fetch(`${origin}/logout`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, origin },
    });
    expect(response.headers.get('set-cookie')).toContain('Max-Age=0');
    expect(await inside(origin, cookie)).toBe(403);
    expect(log.map(entry => entry.action)).toEqual(['login', 'GET /', 'logout']);
  });

  test('says where it can be ended; what other visitors have cannot', async () => {
    const guard = createGuard({ token: 'secret', login: '/admin/login', audit: () => {} });
    const { origin } = await serve((req, res) =>
      guard.handle(
        req,
        res,
        () => void Promise.resolve(guard.authorize(req, 'view')).then(decision => res.end(JSON.stringify(decision))),
      ),
    );
    const decisionFor = async (headers: Record<string, string>) => (await fetch(origin, { headers })).json();
    const response = await fetch(`${origin}/admin/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin },
      body: new URLSearchParams({ token: 'secret' }),
    });
    expect(await decisionFor({ cookie: cookieOf(response) })).toMatchObject({
      who: 'session',
      logout: '/admin/logout',
    });
    expect(await decisionFor({ authorization: 'Bearer secret' })).not.toHaveProperty('logout');
  });

  test('is not ended by another site', async () => {
    const { origin, login } = await monitor();
    const cookie = cookieOf(await login('secret'));
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const response = await fetch(`${origin}/logout`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie, ...headers },
      });
      expect(response.status).toBe(403);
    }
    expect(await inside(origin, cookie)).toBe(200);
  });

  test('ends by itself', async () => {
    let now = 0;
    const { origin, login } = await monitor({ now: () => now });
    const cookie = cookieOf(await login('secret'));
    now = SESSION_LIFETIME - 1;
    expect(await inside(origin, cookie)).toBe(200);
    now = SESSION_LIFETIME;
    expect(await inside(origin, cookie)).toBe(403);
  });

  test('of another guard is not one of ours', async () => {
    const [one, other] = [await monitor(), await monitor()];
    expect(await inside(other.origin, cookieOf(await one.login('secret')))).toBe(403);
  });

  test('is found among other cookies', async () => {
    const { origin, login } = await monitor();
    const cookie = cookieOf(await login('secret'));
    expect(await inside(origin, `a=b; ${cookie.split('=')[0]}=made-up; ${cookie}; c`)).toBe(200);
  });

  test('there are only so many; the oldest gives way', () => {
    const sessions = new Sessions(() => 0);
    const first = sessions.begin(false);
    for (let i = 0; i < MAX_SESSIONS; i += 1) sessions.begin(false);
    expect(sessions.size).toBe(MAX_SESSIONS);
    expect(sessions.has(first.split(';')[0])).toBe(false);
  });

  test('over TLS its cookie stays there', () => {
    expect(new Sessions(() => 0).begin(true)).toContain('; Secure');
  });
});

test('a malformed request does not reach the guard and does not stop the server', async () => {
  const { origin, port } = await monitor();
  expect(await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\nHost\r\n\r\n')).toContain('400');
  expect((await fetch(`${origin}/login`)).status).toBe(200);
});

test('a client that leaves in the middle of the form is no failure of the monitor', async () => {
  const errors: unknown[] = [];
  const guard = createGuard({ token: 'secret' });
  const { port, server } = await serve((req, res) => guard.handle(req, res, error => errors.push(error)));
  const client = connect(port, '127.0.0.1');
  const seen = once(server, 'request');
  client.write('POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ntoken=');
  const [req] = await seen;
  const closed = new Promise(resolve => req.on('close', resolve));
  client.destroy();
  await closed;
  await new Promise(resolve => setImmediate(resolve));
  expect(errors).toEqual([]);
});

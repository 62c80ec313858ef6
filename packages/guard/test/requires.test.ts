import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import connectApp from 'connect';
import express from 'express';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type AuditEntry,
  configureDefaultGuard,
  createGuard,
  defaultGuard,
  type Guard,
  requires,
} from '../src/index.ts';
import { request } from './requests.ts';
import { serve } from './servers.ts';

const stranger = createGuard({ token: 'secret', trustLoopback: false });

/** What both frameworks' applications are to these tests. */
type Handler = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;
type FailureHandler = (error: unknown, ...rest: Parameters<Handler>) => void;
interface App extends RequestListener {
  use(handler: Handler | FailureHandler): unknown;
  use(path: string, handler: Handler): unknown;
}
const inside: Handler = (_req, res) => void res.end('inside');

describe.each<[string, () => App]>([
  ['Express', () => express()],
  ['Connect', () => connectApp()],
])('requires() in %s', (_, create) => {
  test.each([
    ['application/json', 'application/json; charset=utf-8', /^\{"error":\{"code":"TROUPE_ERR_GUARD_ACCESS"/],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8', /<a href="\/login">/],
    ['*/*', 'text/plain; charset=utf-8', /^This needs "view" access\./],
  ])('refuses by Accept %s', async (accept, type, body) => {
    const app = create();
    app.use(requires('view', stranger));
    const { origin } = await serve(app);
    const response = await fetch(origin, { headers: { accept } });
    expect([response.status, response.headers.get('content-type')]).toEqual([403, type]);
    expect(await response.text()).toMatch(body);
    const head = await fetch(origin, { method: 'HEAD', headers: { accept } });
    expect([head.status, await head.text()]).toEqual([403, '']);
  });

  test('lets through whoever may, and logs who operates', async () => {
    const log: AuditEntry[] = [];
    const guard = createGuard({ token: 'secret', trustLoopback: false, audit: entry => log.push(entry), now: () => 5 });
    const app = create();
    app.use('/view', requires('view', guard));
    app.use('/mark', requires('operate', guard));
    app.use(inside);
    const { origin } = await serve(app);
    const headers = { authorization: 'Bearer secret' };
    expect(await (await fetch(`${origin}/view`, { headers })).text()).toBe('inside');
    expect(await (await fetch(`${origin}/mark?why=secret`, { headers })).text()).toBe('inside');
    expect(await (await fetch(`${origin}/mark`)).status).toBe(403);
    expect(log).toEqual([
      {
        time: 5,
        who: 'token',
        address: '127.0.0.1',
        action: 'GET /mark',
        method: 'GET',
        path: '/mark',
        access: 'debug',
      },
    ]);
  });

  test('a guard that fails, or an audit log that does, lets nobody in', async () => {
    const broken = { ...guardOf(() => Promise.reject(new Error('no'))) };
    const deaf = createGuard({
      token: 'secret',
      audit: () => {
        throw new Error('disk full');
      },
    });
    for (const guard of [broken, deaf]) {
      const app = create();
      app.use(requires('operate', guard));
      app.use(inside);
      app.use(
        (_error: unknown, _req: IncomingMessage, res: ServerResponse, _next: unknown) => void res.writeHead(500).end(),
      );
      const { origin } = await serve(app);
      expect((await fetch(origin, { headers: { authorization: 'Bearer secret' } })).status).toBe(500);
    }
  });
});

function guardOf(authorize: Guard['authorize']): Guard {
  return { authorize, level: () => 'probe', audit: () => {} };
}

test('a wrong token is answered with a challenge', async () => {
  const { origin } = await serve((req, res) => requires('view', stranger)(req, res, () => {}));
  const response = await fetch(origin, { headers: { authorization: 'Bearer x' } });
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="monitor"']);
});

describe('the default guard', () => {
  afterEach(() => configureDefaultGuard({}));

  test('is found anew at each request', async () => {
    const { origin } = await serve((req, res) => requires('view')(req, res, () => void res.end('inside')));
    configureDefaultGuard({ token: 'one', trustLoopback: false });
    expect((await fetch(origin, { headers: { authorization: 'Bearer one' } })).status).toBe(200);
    configureDefaultGuard({ token: 'two', trustLoopback: false });
    expect((await fetch(origin, { headers: { authorization: 'Bearer one' } })).status).toBe(401);
  });

  test('reads TROUPE_MON_TOKEN and NODE_ENV where it is told nothing', async () => {
    const { TROUPE_MON_TOKEN, NODE_ENV } = process.env;
    process.env.TROUPE_MON_TOKEN = 'from the environment';
    process.env.NODE_ENV = 'production';
    try {
      configureDefaultGuard({});
    } finally {
      if (TROUPE_MON_TOKEN === undefined) delete process.env.TROUPE_MON_TOKEN;
      else process.env.TROUPE_MON_TOKEN = TROUPE_MON_TOKEN;
      process.env.NODE_ENV = NODE_ENV;
    }
    const req = request({ headers: { authorization: 'Bearer x' } });
    expect(await defaultGuard().authorize(req, 'view')).toMatchObject({ code: 'TROUPE_ERR_GUARD_WRONG_TOKEN' });
  });

  test("may be a guard of the user's own", () => {
    const own: Guard = {
      authorize: () => ({ allowed: true, who: 'me', access: 'view' }),
      level: () => 'view',
      audit: () => {},
    };
    configureDefaultGuard(own);
    expect(defaultGuard()).toBe(own);
    configureDefaultGuard({});
  });

  test('stays as it was when it is configured wrongly', () => {
    const before = defaultGuard();
    expect(() => configureDefaultGuard({ allowedHosts: ['*'] })).toThrow();
    expect(defaultGuard()).toBe(before);
  });
});

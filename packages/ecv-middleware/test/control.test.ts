import { rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { configureDefaultGuard } from '@troupe/guard';
import connectApp from 'connect';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { type EcvOptions, ecv, enable } from '../src/index.ts';
import { Routes } from '../src/routes.ts';
import { noCluster } from './clusters.ts';
import { authorization, bodyOf, directory, guard, serve } from './servers.ts';

type Handler = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;
interface App extends RequestListener {
  use(handler: Handler): unknown;
  use(path: string, handler: Handler): unknown;
}

const frameworks: [string, () => App][] = [
  ['Express', () => express()],
  ['Connect', () => connectApp()],
];

/** A process without a cluster that serves ecv. */
async function alone(options: EcvOptions = {}, create: () => App = () => connectApp(), mount?: string) {
  const app = create();
  const client = noCluster();
  const middleware = ecv({ guard, client, ...options });
  if (mount === undefined) app.use(middleware);
  else app.use(mount, middleware);
  app.use((_req, res) => void res.end('the rest of the app'));
  const { port, origin } = await serve(app);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(origin + path, { ...init, headers: { authorization, ...init.headers } });
  return { origin, port, ask, client };
}

describe.each(frameworks)('control mode alone, in %s', (_, create) => {
  test('is an on/off switch', async () => {
    const { ask, client } = await alone({}, create);
    expect((await ask('/ecv')).status).toBe(200);
    expect((await ask('/ecv/markDown')).status).toBe(500);
    expect((await ask('/ecv')).status).toBe(500);
    expect((await ask('/ecv/markUp', { method: 'POST' })).status).toBe(200);
    expect((await ask('/ecv')).status).toBe(200);
    expect((await ask('/ecv/disable')).status).toBe(500);
    expect((await ask('/ecv')).status).toBe(500);
    expect((await ask('/ecv/enable')).status).toBe(200);
    expect(client.events).toEqual(['markDown', 'markUp', 'markDown', 'markUp']);
  });

  test('under a mount path', async () => {
    const { ask } = await alone({}, create, '/health');
    expect((await ask('/health/ecv')).status).toBe(200);
    expect((await ask('/health/ecv/markDown')).status).toBe(500);
    expect((await ask('/health/ecv/ready')).status).toBe(503);
    expect(await (await ask('/ecv')).text()).toBe('the rest of the app');
  });

  test('with routes of its own', async () => {
    const { ask } = await alone({ root: '/', markUp: '/on', markDown: '/off' }, create, '/traffic');
    expect((await ask('/traffic')).status).toBe(200);
    expect((await ask('/traffic/off')).status).toBe(500);
    expect((await ask('/traffic/')).status).toBe(500);
    expect((await ask('/traffic/live')).status).toBe(200);
    expect((await ask('/traffic/on')).status).toBe(200);
  });

  test('what it answers when it fails goes to the app', async () => {
    const { ask } = await alone({ positive: () => Promise.reject(new Error('no answer')) }, create);
    expect((await ask('/ecv')).status).toBe(500);
  });

  test("enable(app, options) is cluster2's way to mount it", async () => {
    const app = create();
    expect(enable(app, { guard, client: noCluster(), root: '/status' })).toBe(app);
    const { origin } = await serve(app);
    expect((await fetch(`${origin}/status`)).status).toBe(200);
  });
});

describe('routes', () => {
  test.each([
    ['/ecv', 200],
    ['/ecv/', 200],
    ['/ecv?a=b', 200],
    ['/ecv/?', 200],
    ['/ecv?/../x', 200],
    ['/ecv/markDown?by=script&x=%00', 500],
    ['/ecv/live/?x', 200],
  ])('%s', async (path, status) => {
    const { ask } = await alone();
    const response = await ask(path);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toBe('the rest of the app');
  });

  test.each(['/', '/ecv//', '/ecvx', '/x/ecv', '/ecv/markdown', '/ecv/x', '/%65cv', '/ECV'])(
    '%s is not one',
    async path => {
      const { ask } = await alone();
      expect(await (await ask(path)).text()).toBe('the rest of the app');
    },
  );

  test.each([
    ['/ecv', 'POST', 'GET, HEAD'],
    ['/ecv', 'OPTIONS', 'GET, HEAD'],
    ['/ecv/ready', 'DELETE', 'GET, HEAD'],
    ['/ecv/markDown', 'PUT', 'GET, HEAD, POST'],
  ])('%s does not take %s', async (path, method, allow) => {
    const { ask } = await alone();
    const response = await ask(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect((await ask('/ecv')).status).toBe(200);
  });
});

test.each<[string | undefined, string | undefined]>([
  ['http://localhost:8081/ecv', 'root'],
  ['HTTP://localhost/ecv/live?x', 'live'],
  ['http://localhost', undefined],
  ['*', undefined],
  [undefined, undefined],
])('the request target %s is route %s', (url, route) => {
  expect(new Routes({ root: '/ecv', markUp: [], markDown: [] }).find(url)).toBe(route);
});

describe('the answer', () => {
  test("by default is cluster2's line", async () => {
    const { ask, port } = await alone();
    const up = await ask('/ecv');
    expect(up.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(up.headers.get('cache-control')).toBe('no-cache');
    const time = String.raw`\w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4}`;
    const rest = `ip=127\\.0\\.0\\.1&hostname=${hostname()}&port=${port}&time=${time}`;
    expect(await up.text()).toMatch(new RegExp(`^status=AVAILABLE&ServeTraffic=true&${rest}$`));
    expect(up.headers.get('since')).toMatch(new RegExp(`^${time}$`));
    await ask('/ecv/markDown');
    expect(await (await ask('/ecv')).text()).toMatch(new RegExp(`^status=DISABLED&ServeTraffic=false&${rest}$`));
  });

  test('as JSON has the reasons, for those who may see them', async () => {
    const { ask, origin } = await alone({ disabled: true });
    const headers = { accept: 'application/json' };
    const body = { status: 'DISABLED', serveTraffic: false, since: expect.any(String), time: expect.any(String) };
    const response = await ask('/ecv', { headers });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toMatchObject({
      ...body,
      reasons: ['Marked down by the configuration.'],
      mark: 'down',
      ready: 1,
    });
    expect(await (await fetch(`${origin}/ecv`, { headers })).json()).toEqual(body);
  });

  test.each([
    ['*/*', 'text/plain'],
    ['text/*', 'text/plain'],
    ['text/html,*/*;q=0.8', 'text/plain'],
    ['application/json, text/plain;q=0.5', 'application/json'],
    ['application/json;q=0, */*', 'text/plain'],
    ['image/png', 'text/plain'],
  ])('by Accept %s is %s', async (accept, type) => {
    const { ask } = await alone();
    expect((await ask('/ecv', { headers: { accept } })).headers.get('content-type')).toContain(type);
  });

  test('to HEAD has no body', async () => {
    const { ask } = await alone({ disable: true });
    const response = await ask('/ecv', { method: 'HEAD' });
    expect(response.status).toBe(500);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
    expect(await response.text()).toBe('');
  });

  test('says since when: the last change, not the last probe', async () => {
    const { ask } = await alone();
    const json = async () => (await bodyOf(await ask('/ecv', { headers: { accept: 'application/json' } }))).since;
    const [first, second] = [await json(), await json()];
    expect(second).toBe(first);
    await ask('/ecv/markDown');
    const third = await json();
    expect(Date.parse(third)).toBeGreaterThanOrEqual(Date.parse(first));
    await ask('/ecv/markDown');
    expect(await json()).toBe(third);
  });

  test('can be given in its place', async () => {
    const { ask } = await alone({
      positive: (_req, res) => void res.end('fine'),
      negative: (_req, res) => {
        res.statusCode = 503;
        res.end('not fine');
      },
    });
    expect(await (await ask('/ecv')).text()).toBe('fine');
    const down = await ask('/ecv/markDown');
    expect([down.status, await down.text(), down.headers.get('cache-control')]).toEqual([503, 'not fine', 'no-cache']);
    expect(await (await ask('/ecv')).text()).toBe('not fine');
    expect(await (await ask('/ecv/markUp')).text()).toBe('fine');
  });
});

describe('who may', () => {
  test('probes answer anyone, under any Host', async () => {
    const { origin } = await alone();
    for (const path of ['/ecv', '/ecv/live', '/ecv/ready', '/ecv/startup']) {
      expect(
        (await fetch(origin + path, { headers: { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' } }))
          .status,
      ).toBe(200);
    }
  });

  test.each<[string, Record<string, string>, number]>([
    ['without the token', {}, 403],
    ['with a wrong token', { authorization: 'Bearer x' }, 401],
    ['from another site', { authorization, 'sec-fetch-site': 'cross-site' }, 403],
  ])('nobody marks %s', async (_, headers, status) => {
    const { origin, client } = await alone();
    expect((await fetch(`${origin}/ecv/markDown`, { headers })).status).toBe(status);
    expect((await fetch(`${origin}/ecv`)).status).toBe(200);
    expect(client.events).toEqual([]);
  });

  test('without a guard of its own it uses the default one', async () => {
    configureDefaultGuard({ token: 'another', trustLoopback: false, audit: () => {} });
    try {
      const { origin } = await alone({ guard: undefined });
      const mark = (token: string) =>
        fetch(`${origin}/ecv/markDown`, { headers: { authorization: `Bearer ${token}` } });
      expect((await mark('secret')).status).toBe(401);
      expect((await mark('another')).status).toBe(500);
    } finally {
      configureDefaultGuard({});
    }
  });

  test('each mark is in the audit log', async () => {
    const actions: string[] = [];
    const watched = {
      ...guard,
      authorize: guard.authorize.bind(guard),
      level: guard.level.bind(guard),
      audit: (_: IncomingMessage, action: string) => void actions.push(action),
    };
    const { ask } = await alone({ guard: watched });
    await ask('/ecv/markDown');
    await ask('/ecv/markUp');
    await ask('/ecv');
    expect(actions).toEqual(['markDown', 'markUp']);
  });
});

describe('the mark of a process without a cluster', () => {
  test('survives it with persist', async () => {
    const persist = join(await directory(), 'mark');
    const before = await alone({ persist });
    await before.ask('/ecv/markDown');
    const after = await alone({ persist });
    const body = await (await after.ask('/ecv', { headers: { accept: 'application/json' } })).json();
    expect(body).toMatchObject({ serveTraffic: false, reasons: ['Marked down by token (127.0.0.1).'] });
  });

  test('that cannot be kept counts, and whoever set it is told', async () => {
    const where = await directory();
    const { ask } = await alone({ persist: join(where, 'state', 'mark') });
    await ask('/ecv');
    await writeFile(join(where, 'state'), 'in the way');
    const response = await ask('/ecv/markDown');
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('will not survive a restart');
    expect((await ask('/ecv')).status).toBe(500);
  });

  test('that cannot be read is down with the reason, and asked for again', async () => {
    const where = await directory();
    const { ask } = await alone({ persist: where });
    const body = await (await ask('/ecv', { headers: { accept: 'application/json' } })).json();
    expect(body).toMatchObject({ serveTraffic: false, reasons: [expect.stringContaining('EISDIR')] });
    await rm(where, { recursive: true });
    expect((await ask('/ecv')).status).toBe(200);
  });
});

describe('Kubernetes', () => {
  test('live, ready and startup of a process that is marked down', async () => {
    const { ask } = await alone({ disabled: true });
    expect((await ask('/ecv/live')).status).toBe(200);
    expect((await ask('/ecv/ready')).status).toBe(503);
    expect((await ask('/ecv/startup')).status).toBe(200);
    await ask('/ecv/markUp');
    expect((await ask('/ecv/ready')).status).toBe(200);
  });
});

test('options that cannot be used are all named at once', () => {
  const options: EcvOptions = {
    root: 'ecv',
    interval: -1,
    timeout: 0,
    agentPort: 70_000,
    monitor: 'ftp://x',
    minWorkers: 0.5,
  };
  expect(() => ecv({ ...options, mode: 'auto' as 'control' })).toThrow(
    expect.objectContaining({
      code: 'TROUPE_ERR_ECV_OPTIONS',
      message: expect.stringMatching(
        /mode is "auto".*"ecv".*ftp:.*timeout is 0.*interval is -1.*minWorkers is 0.5.*agentPort is 70000/,
      ),
    }),
  );
});

import type { IncomingMessage, RequestListener } from 'node:http';
import type { Guard } from '@troupe/guard';
import connect from 'connect';
import express from 'express';
import { expect, onTestFinished, test, vi } from 'vitest';
import { heartbeat } from '../../../test/harness/heartbeat.ts';
import { type DebugMiddleware, type DebugOptions, debug } from '../src/index.ts';
import { FakeCluster, workerOf } from './fake-cluster.ts';
import { audited, guard, headers, next, offerUpgrade, open, serve } from './page.ts';

function mount(options: DebugOptions = {}) {
  const client = new FakeCluster();
  const page = debug({ client, guard, ...options });
  onTestFinished(() => page.close());
  return { client, page };
}

const APPS: [string, (page: DebugMiddleware, base?: string) => RequestListener][] = [
  ['express', (page, base = '/') => express().use(base, page)],
  ['connect', (page, base = '/') => connect().use(base, page)],
];

test.each(APPS)('%s: the page, what it loads and its help are served under a strict policy', async (_name, app) => {
  const { origin } = await serve(app(mount().page));
  const page = await fetch(`${origin}/debug?x=1`, { headers });
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
  const html = await page.text();
  const links = [...html.matchAll(/(?:src|href)="(debug\/assets\/[^"]+)"/g)].map(([, link]) => link);
  expect(links.length).toBeGreaterThan(3);
  for (const link of new Set(links)) {
    const asset = await fetch(`${origin}/${link}`, { headers });
    expect(asset.status).toBe(200);
    await asset.text();
    const again = await fetch(`${origin}/${link}`, {
      headers: { ...headers, 'if-none-match': asset.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  }
  expect(html).not.toMatch(/<script(?![^>]*src=)|style=|https?:\/\//);
  expect((await fetch(`${origin}/help`, { headers })).status).toBe(200);
  expect((await fetch(`${origin}/debug/assets/..%2findex.js`, { headers })).status).toBe(404);
  expect((await fetch(`${origin}/debug/assets/none.js`, { headers })).status).toBe(404);
  const slash = await fetch(`${origin}/debug/`, { headers, redirect: 'manual' });
  expect([slash.status, slash.headers.get('location')]).toEqual([308, '../debug']);
  expect((await fetch(`${origin}/debug`, { method: 'POST', headers })).status).toBe(405);
  expect((await fetch(`${origin}/other`, { headers })).status).toBe(404);
});

test.each(APPS)('%s: a page is told the whole, then what changes, wherever it is mounted', async (_name, app) => {
  const { client, page } = mount({ path: '/live' });
  const { origin } = await serve(app(page, '/monitor'));
  expect(await (await fetch(`${origin}/monitor/live`, { headers })).text()).toContain('"live/assets/main.js"');
  const socket = open(origin, '/monitor/live/socket.io');
  const [hello] = await next(socket, 'hello');
  expect(hello).toMatchObject({ who: 'token', access: 'debug' });

  client.emit(11, heartbeat({ pid: 11, tps: 44 }));
  socket.emit('watch', ['cluster']);
  const [feed, whole] = await next(socket, 'whole');
  expect(feed).toBe('cluster');
  expect(whole).toMatchObject({ problem: null, workers: [{ pid: 11, beat: { tps: 44 } }, { pid: 12 }] });

  client.workers = [workerOf(12)];
  const [, delta] = await next(socket, 'delta');
  expect(delta).toMatchObject({ gone: [11] });
});

test('nobody without the role gets anything: page, assets, handshake, upgrade', async () => {
  const { origin, port } = await serve(express().use(mount().page));
  for (const path of ['/debug', '/debug/assets/main.js', '/help', '/debug/socket.io/?EIO=4&transport=polling']) {
    expect((await fetch(`${origin}${path}`)).status).toBe(403);
  }
  await fetch(`${origin}/debug`, { headers });
  expect(await offerUpgrade(port, '/debug/socket.io/?EIO=4&transport=websocket')).toMatch(/^HTTP\/1.1 403 /);
  const foreign = 'authorization: Bearer secret\r\norigin: http://evil.example\r\n';
  expect(await offerUpgrade(port, '/debug/socket.io/?EIO=4&transport=websocket', 'websocket', foreign)).toMatch(
    /^HTTP\/1.1 403 /,
  );
});

test('what a visitor asks for is checked, allowed, audited and carried out', async () => {
  const { client, page } = mount();
  const { origin } = await serve(express().use(page));
  await fetch(`${origin}/debug`, { headers });
  const socket = open(origin, '/debug/socket.io');
  await next(socket, 'hello');
  audited.length = 0;

  expect(await socket.emitWithAck('act', { type: 'pause', pid: 11 })).toEqual({ done: true, result: null });
  expect(await socket.emitWithAck('act', { type: 'mark', mark: 'down' })).toEqual({ done: true, result: null });
  expect(client.asked).toEqual([
    { name: 'workers.pause', params: { pids: [11] } },
    { name: 'traffic.mark', params: { mark: 'down', by: 'token (127.0.0.1)' } },
  ]);

  expect(await socket.emitWithAck('entries', { type: 'entries', cache: 'fruit', contains: 'ea' })).toEqual({
    done: true,
    result: { entries: [{ key: 'pear', value: 'a pear', persist: false, expire: 0 }] },
  });
  expect(audited.map(({ action }) => action)).toEqual(['page: pause', 'page: mark', 'page: entries']);

  for (const nonsense of [null, { cache: 1, contains: '' }, { cache: 'fruit', contains: '', from: { cursor: -1 } }]) {
    expect(await socket.emitWithAck('entries', nonsense as never)).toMatchObject({ code: 'TROUPE_ERR_DEBUG_ACTION' });
  }
  for (const nonsense of [null, 'pause', {}, { type: 'pause' }, { type: 'pause', pid: '11' }, { type: 'toString' }]) {
    expect(await socket.emitWithAck('act', nonsense as never)).toMatchObject({
      done: false,
      code: 'TROUPE_ERR_DEBUG_ACTION',
    });
  }
  expect(client.asked).toHaveLength(2);
});

test('a visitor who may only look is refused each action, and told so', async () => {
  const viewer: Guard = {
    level: () => 'view',
    audit: () => {},
    authorize: (req, needed) => guard.authorize(needed === 'view' ? req : withoutToken(req), needed),
  };
  const { client, page } = mount({ guard: viewer });
  const { origin } = await serve(express().use(page));
  await fetch(`${origin}/debug`, { headers });
  const socket = open(origin, '/debug/socket.io');
  const [hello] = await next(socket, 'hello');
  expect(hello).toMatchObject({ access: 'view', login: '/login' });
  expect(await socket.emitWithAck('act', { type: 'retire', pid: 11 })).toMatchObject({
    done: false,
    code: 'TROUPE_ERR_GUARD_ACCESS',
  });
  expect(client.asked).toEqual([]);
});

test('a visitor whose access has ended is shown out, even if he only looks', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  let ended = false;
  const forgetful: Guard = {
    level: req => guard.level(req),
    audit: () => {},
    authorize: (req, needed) => guard.authorize(ended ? withoutToken(req) : req, needed),
  };
  const { origin } = await serve(express().use(mount({ guard: forgetful }).page));
  await fetch(`${origin}/debug`, { headers });
  const socket = open(origin, '/debug/socket.io');
  await next(socket, 'hello');
  const gone = new Promise(resolve => socket.once('disconnect', resolve));
  ended = true;
  vi.advanceTimersByTime(30_000);
  expect(await gone).toBe('io server disconnect');
});

test('an upgrade that comes before any request is told to try again', async () => {
  const { port } = await serve(express().use(mount().page));
  const path = '/debug/socket.io/?EIO=4&transport=websocket';
  const token = 'authorization: Bearer secret\r\n';
  expect(await offerUpgrade(port, path, 'websocket', token)).toMatch(/^HTTP\/1.1 503 .*retry-after: 1/is);
  expect(await offerUpgrade(port, path, 'websocket', token)).toMatch(/^HTTP\/1.1 101 /);
});

test('other upgrades of the server are what they were before', async () => {
  const { page } = mount();
  const app = express().use(page);
  app.get('/ecv', (_req, res) => void res.end('up'));
  const { server, origin, port } = await serve(app);
  await fetch(`${origin}/debug`, { headers });
  expect(await offerUpgrade(port, '/ecv', 'h2c')).toMatch(/^HTTP\/1.1 200 OK.*up$/s);
  server.on('upgrade', (_req, socket) => socket.end('theirs'));
  expect(await offerUpgrade(port, '/chat')).toBe('theirs');
});

test('mounted twice on one server, each has its own pages, and its upgrades alone', async () => {
  const app = express().use('/a', mount().page).use('/b', mount().page);
  const { server, origin, port } = await serve(app);
  for (const base of ['/a', '/b']) await fetch(`${origin}${base}/debug`, { headers });
  expect(server.listenerCount('upgrade')).toBe(1);
  for (const base of ['/a', '/b']) await next(open(origin, `${base}/debug/socket.io`), 'hello');
  expect(await offerUpgrade(port, '/c/debug/socket.io/?EIO=4&transport=websocket')).toMatch(/^HTTP\/1.1 404 /);
});

test('close() ends what is open and leaves nothing behind', async () => {
  const { client, page } = mount();
  const { server, origin } = await serve(express().use(page));
  await fetch(`${origin}/debug`, { headers });
  const socket = open(origin, '/debug/socket.io');
  await next(socket, 'hello');
  socket.emit('watch', ['cluster']);
  await next(socket, 'whole');
  const gone = new Promise(resolve => socket.once('disconnect', resolve));
  page.close();
  await gone;
  expect(client.listeners).toBe(0);
  expect(server.listenerCount('upgrade')).toBe(0);
});

test.each(['debug', '/', '/a b', '/debug/', ''])('a path %j is a mistake', path => {
  expect(() => debug({ path, client: new FakeCluster() })).toThrow(/must begin with "\/"/);
});

function withoutToken(req: IncomingMessage): IncomingMessage {
  return Object.create(req, { headers: { value: { ...req.headers, authorization: undefined } } }) as IncomingMessage;
}

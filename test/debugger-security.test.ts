/** Who is refused at the debugger: on its page, its files, its actions and its WebSocket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { get } from './harness/clients.ts';
import { debuggedCluster, launchDebugged } from './harness/debugged-cluster.ts';
import { Inspector } from './harness/inspector.ts';

type Headers = Record<string, string>;
type Debugged = Awaited<ReturnType<typeof debuggedCluster>>;
type Where = Pick<Debugged, 'url' | 'debug'>;

const begin = ({ bus, pid }: Debugged) =>
  bus.request('master', 'debug.begin', { pid, aside: false, by: 'a test' }, { timeout: 30_000 });

/** What becomes of each way in, with these headers: a status, or 101 for a WebSocket that opens. */
async function waysIn({ url, debug }: Where, headers: Headers) {
  const status = async (path: string, method = 'GET') => {
    const { hostname: host, port, pathname } = new URL(path);
    return (await get({ host, port, path: pathname, method, headers })).status;
  };
  return {
    page: await status(url),
    asset: await status(`${debug}/devtools/js_app.html`),
    request: await status(`${url}/request/`),
    act: await status(`${url}/extend`, 'POST'),
    upgrade: await upgrade(url, headers),
  };
}

function upgrade(url: string, headers: Headers, may = 'debug'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket?may=${may}`, { headers });
    socket.once('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.once('unexpected-response', (_req, res: IncomingMessage) => {
      socket.terminate();
      resolve(res.statusCode);
    });
    socket.once('error', reject);
  });
}

/** One that is not loopback. */
const addressOfThisMachine = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap(each => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

const root = join(import.meta.dirname, '..');
const all = (status: number) => ({ page: status, asset: status, request: status, act: status, upgrade: status });
const LET_IN = { page: 200, asset: 200, request: 200, act: 200, upgrade: 101 };

test.each([
  ['the monitor', async ({ debug }: Debugged) => debug],
  ['debug.webPort', ({ webDebug }: Debugged) => webDebug()],
])('%s lets a process of this user in, and nobody who is not, or was sent by another site', async (_where, placeOf) => {
  const cluster = await debuggedCluster();
  await begin(cluster);
  const debug = await placeOf(cluster);
  const where = { debug, url: `${debug}/workers/${cluster.pid}` };
  const { origin, host, port } = new URL(where.url);
  expect(await waysIn(where, {})).toEqual(LET_IN);
  expect(await waysIn(where, { origin, 'sec-fetch-site': 'same-origin' })).toEqual(LET_IN);
  // DNS rebinding: the name is another one's, or an address in disguise.
  for (const name of ['rebound.example', 'localhost6', '0x7f.1', '2130706433', '127.0.0.1.example']) {
    expect(await waysIn(where, { host: `${name}:${port}` }), name).toEqual(all(421));
  }
  for (const foreign of ['https://elsewhere.example', `https://${host}`, `http://127.0.0.1:1`, 'null']) {
    expect(await waysIn(where, { origin: foreign }), foreign).toEqual(all(403));
  }
  expect(await waysIn(where, { 'sec-fetch-site': 'cross-site' })).toEqual(all(403));
  // A proxy on this machine, for somebody who may be anywhere.
  expect(await waysIn(where, { 'x-forwarded-for': '203.0.113.7' })).toEqual(all(403));
  // A browser that does not say where a WebSocket or an action comes from.
  const silent = await waysIn(where, { 'sec-fetch-site': 'same-origin' });
  expect([silent.upgrade, silent.act]).toEqual([403, 403]);
});

const token = 'a-long-enough-token';

test('in production the token is needed, on loopback too; the URL alone is worth nothing', async () => {
  const cluster = await launchDebugged({ env: { NODE_ENV: 'production', TROUPE_MON_TOKEN: token } });
  await begin(cluster);
  expect(await waysIn(cluster, { authorization: `Bearer ${token}` })).toEqual(LET_IN);
  expect(await waysIn(cluster, {})).toEqual(all(403));
  expect(await waysIn(cluster, { authorization: 'Bearer a-wrong-token-of-some-length' })).toEqual(all(401));
  // Not in the URL either, where logs and histories would have it.
  const { port, pathname } = new URL(cluster.url);
  expect((await get({ port, path: `${pathname}?token=${token}` })).status).toBe(403);
});

test('a session of the login form lets in until its end; its cookie is worth nothing then, nor elsewhere', async () => {
  const cluster = await launchDebugged({ env: { NODE_ENV: 'production', TROUPE_MON_TOKEN: token } });
  await begin(cluster);
  const { origin } = new URL(cluster.url);
  const post = (path: string, headers: Headers, body = '') =>
    fetch(origin + path, { method: 'POST', redirect: 'manual', headers: { origin, ...headers }, body });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await post('/login', form, `token=${token}`);
  const [cookie = ''] = response.headers.get('set-cookie')?.split(';') ?? [];
  const ours = { origin, 'sec-fetch-site': 'same-origin' };
  expect(await waysIn(cluster, { ...ours, cookie })).toEqual(LET_IN);
  expect(await waysIn(cluster, ours)).toEqual(all(403));
  expect(await waysIn(cluster, { ...ours, cookie: cookie.replace(/=.*/, '=stolen') })).toEqual(all(403));
  // Somebody else's page, which the browser would not send the cookie along with.
  expect(await waysIn(cluster, { cookie, origin: 'https://elsewhere.example' })).toEqual(all(403));
  // Who holds the cookie but says nothing of himself does nothing.
  const silent = await waysIn(cluster, { cookie });
  expect([silent.request, silent.act, silent.upgrade]).toEqual([403, 403, 403]);
  expect((await post('/logout', { ...form, cookie })).status).toBe(303);
  expect(await waysIn(cluster, { ...ours, cookie })).toEqual(all(403));
});

test('in production without a token there is no debugger', async () => {
  const cluster = await launchDebugged({ env: { NODE_ENV: 'production' } });
  expect(await waysIn(cluster, {})).toEqual(all(404));
});

test('from another machine nothing is to be had without the token, and of debug.webPort nothing at all', async ({
  skip,
}) => {
  const address = addressOfThisMachine();
  if (address === undefined) return skip('this machine has no address but loopback to come from');
  const cluster = await launchDebugged({ env: { TROUPE_MON_TOKEN: token } });
  await begin(cluster);
  const remote = (url: string) => url.replace('127.0.0.1', address);
  const where = { url: remote(cluster.url), debug: remote(cluster.debug) };
  expect(await waysIn(where, {})).toEqual(all(403));
  // Whatever it calls the machine.
  expect(await waysIn(where, { host: `localhost:${new URL(cluster.url).port}` })).toEqual(all(403));
  expect(await waysIn(where, { authorization: `Bearer ${token}` })).toEqual(LET_IN);
  await expect(fetch(remote(await cluster.webDebug()))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

test('another user of this machine reaches neither the sockets nor the page', async ({ skip }) => {
  if (process.getuid?.() !== 0) return skip('only root can run a process as another user');
  const cluster = await debuggedCluster();
  const { agent, door } = await begin(cluster);
  const bus = String((await cluster.cluster.event('up')).socket);
  const reach = `
    const [, url, ...sockets] = process.argv;
    const { connect } = require('node:net');
    const code = path => new Promise(resolve => connect(path).on('connect', () => resolve('in')).on('error', e => resolve(e.code)));
    Promise.all([...sockets.map(code), fetch(url).then(r => r.status)]).then(all => console.log(JSON.stringify(all)), console.log).then(() => process.exit());
  `;
  const nobody = { uid: 65_534, gid: 65_534, cwd: '/', env: {} };
  const child = spawn(process.execPath, ['-e', reach, cluster.url, agent, door, bus], nobody);
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(JSON.parse(output)).toEqual(['EACCES', 'EACCES', 'EACCES', 403]);
});

test('whatever path is asked for, only the files of the page and of DevTools are served', async () => {
  const cluster = await debuggedCluster();
  await begin(cluster);
  const { port } = new URL(cluster.debug);
  const status = async (path: string) => (await get({ port, path })).status;
  const secret = '/etc/passwd';
  for (const path of [
    `/debug/devtools/../../../../../../../..${secret}`,
    `/debug/devtools/..%2f..%2f..%2f..%2f..%2f..%2f..${secret}`,
    '/debug/devtools/%2e%2e/package.json',
    '/debug/devtools/..\\package.json',
    '/debug/devtools//etc/passwd',
    '/debug/devtools/.',
    '/debug/devtools/',
    '/debug/devtools/none.js',
    '/debug/devtools/js_app.html/none.js',
    '/debug/assets/../page.html',
    '/debug/assets/..%2fview.js',
    '/debug/assets/session.html%00',
    `/debug/workers/${cluster.pid}/map?file=${secret}`,
    `/debug/workers/${cluster.pid}/map?file=${encodeURIComponent('package.json')}`,
    `/debug/workers/${cluster.pid}/map?file=${encodeURIComponent(join(root, 'package.json'))}`,
    `/debug/workers/${cluster.pid}/map`,
  ]) {
    expect(await status(path), path).toBe(404);
  }
  expect(await status(`/debug/workers/${cluster.pid}/map?file=%00`)).toBe(500);
  expect(await status('/debug/devtools/js_app.html')).toBe(200);
});

test('a session may do what it was opened for, and the rest is refused here, not in the worker', async () => {
  const cluster = await debuggedCluster();
  await begin(cluster);
  const [profile, logpoint] = [
    await Inspector.attach(cluster.url, 'profile'),
    await Inspector.attach(cluster.url, 'logpoint'),
  ];
  await profile.send('Profiler.enable');
  await expect(profile.evaluate('1 + 1')).rejects.toThrow(
    'Runtime.evaluate is not allowed in a session that may only profile',
  );
  await expect(profile.send('Debugger.enable')).rejects.toThrow(/not allowed/);
  await expect(profile.send('Browser.close')).rejects.toThrow("'Browser.close' wasn't found");

  await logpoint.send('Debugger.enable');
  const at = { urlRegex: 'debuggee\\.js$', lineNumber: 7 };
  await logpoint.send('Debugger.setBreakpointByUrl', { ...at, condition: "console.log('somebody is greeted'), false" });
  for (const condition of ['console.log(process.env), false', "console.log('x'), true", 'debugger', undefined]) {
    await expect(logpoint.send('Debugger.setBreakpointByUrl', { ...at, condition })).rejects.toThrow(/is code/);
  }
  await expect(logpoint.send('Debugger.enable', { unheard: 'of' })).rejects.toThrow(/"unheard" is not allowed/);
  await get({ port: cluster.port, path: '/greet/Ada' });

  // In a session that may do all, what is no method is refused all the same, and what needs a fence has it.
  const debug = await Inspector.attach(cluster.url);
  await expect(debug.send('Browser.close')).rejects.toThrow("'Browser.close' wasn't found");
  await expect(debug.send('HeapProfiler.startTrackingHeapObjects')).rejects.toThrow(/out of rotation first/);
  const asked = 'NodeWorker.sendMessageToWorker';
  const inner = JSON.stringify({ id: 1, method: 'Browser.close' });
  await expect(debug.send(asked, { sessionId: '1', message: inner })).rejects.toThrow("'Browser.close' wasn't found");

  await cluster.cluster.line('the last refusal', ({ audit }) => JSON.stringify(audit ?? '').includes(asked));
  const refused = cluster.cluster.lines.flatMap(({ audit }) => {
    const { action, details } = (audit ?? {}) as { action?: string; details?: { method: string } };
    return action === 'debug refused' ? [details?.method] : [];
  });
  expect(refused).toEqual([
    'Runtime.evaluate',
    'Debugger.enable',
    'Browser.close',
    'Debugger.setBreakpointByUrl',
    'Debugger.enable',
    'Browser.close',
    'HeapProfiler.startTrackingHeapObjects',
    asked,
  ]);
});

test('who may only view has no session', async () => {
  const cluster = await debuggedCluster();
  await begin(cluster);
  await get({ port: Number(new URL(cluster.url).port), path: new URL(cluster.url).pathname });
  expect(await upgrade(cluster.url, {}, 'view')).toBe(403);
  expect(await upgrade(cluster.url, {}, 'everything')).toBe(400);
});

test('each attachment, evaluation and end is in the audit log', async () => {
  const cluster = await debuggedCluster();
  await begin(cluster);
  const inspector = await Inspector.attach(cluster.url);
  await inspector.evaluate('6 * 7');
  inspector.close();
  const audit = await cluster.cluster.line('detach', ({ msg }) => /debug detach/.test(String(msg)));
  expect(audit.audit).toMatchObject({
    who: 'loopback',
    action: 'debug detach',
    access: 'debug',
    details: { worker: cluster.pid },
  });
  const actions = cluster.cluster.lines.flatMap(({ audit }) => (audit as { action: string } | undefined)?.action ?? []);
  expect(actions).toEqual(['debug attach', 'debug evaluate', 'debug detach']);
});

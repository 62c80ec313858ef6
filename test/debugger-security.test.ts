/** Who is refused at the debugger: on its page, its files, its actions and its WebSocket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { get } from './harness/clients.ts';
import { debuggedCluster, launchDebugged } from './harness/debugged-cluster.ts';
import { Inspector } from './harness/inspector.ts';

type Headers = Record<string, string>;
type Debugged = Awaited<ReturnType<typeof debuggedCluster>>;

const begin = ({ bus, pid }: Debugged) =>
  bus.request('master', 'debug.begin', { pid, aside: false, by: 'a test' }, { timeout: 30_000 });

/** What becomes of each way in, with these headers: a status, or 101 for a WebSocket that opens. */
async function waysIn({ url, debug }: Debugged, headers: Headers) {
  const status = async (path: string, method = 'GET') => {
    const { port, pathname } = new URL(path);
    return (await get({ port, path: pathname, method, headers })).status;
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

const all = (status: number) => ({ page: status, asset: status, request: status, act: status, upgrade: status });
const LET_IN = { page: 200, asset: 200, request: 200, act: 200, upgrade: 101 };

test('a process of this user on this machine is let in; whoever is not, or was sent by another site, is not', async () => {
  const cluster = await debuggedCluster();
  await begin(cluster);
  const { origin, host } = new URL(cluster.url);
  expect(await waysIn(cluster, {})).toEqual(LET_IN);
  expect(await waysIn(cluster, { origin, 'sec-fetch-site': 'same-origin' })).toEqual(LET_IN);
  // DNS rebinding: the name is another one's.
  expect(await waysIn(cluster, { host: `rebound.example:${host.split(':')[1]}` })).toEqual(all(421));
  expect(await waysIn(cluster, { origin: 'https://elsewhere.example' })).toEqual(all(403));
  expect(await waysIn(cluster, { 'sec-fetch-site': 'cross-site' })).toEqual(all(403));
  // A proxy on this machine, for somebody who may be anywhere.
  expect(await waysIn(cluster, { 'x-forwarded-for': '203.0.113.7' })).toEqual(all(403));
  // A browser that does not say where a WebSocket or an action comes from.
  const silent = await waysIn(cluster, { 'sec-fetch-site': 'same-origin' });
  expect([silent.upgrade, silent.act]).toEqual([403, 403]);
});

test('in production the token is needed, on loopback too; the URL alone is worth nothing', async () => {
  const token = 'a-long-enough-token';
  const cluster = await launchDebugged({ env: { NODE_ENV: 'production', TROUPE_MON_TOKEN: token } });
  await begin(cluster);
  expect(await waysIn(cluster, { authorization: `Bearer ${token}` })).toEqual(LET_IN);
  expect(await waysIn(cluster, {})).toEqual(all(403));
  expect(await waysIn(cluster, { authorization: 'Bearer a-wrong-token-of-some-length' })).toEqual(all(401));
  expect(await waysIn(cluster, { cookie: 'troupe_session_00000000=stolen' })).toEqual(all(403));
});

test('in production without a token there is no debugger', async () => {
  const cluster = await launchDebugged({ env: { NODE_ENV: 'production' } });
  const { page, asset, act } = await waysIn(cluster, {});
  expect([page, asset, act]).toEqual([404, 404, 404]);
});

test.runIf(process.getuid?.() === 0)(
  'another user of this machine reaches neither the sockets nor the page',
  async () => {
    const cluster = await debuggedCluster();
    const { agent, door } = await begin(cluster);
    const reach = `
    const [, agent, door, url] = process.argv;
    const { connect } = require('node:net');
    const code = path => new Promise(resolve => connect(path).on('connect', () => resolve('in')).on('error', e => resolve(e.code)));
    Promise.all([code(agent), code(door), fetch(url).then(r => r.status)]).then(all => console.log(JSON.stringify(all)), console.log).then(() => process.exit());
  `;
    const nobody = { uid: 65_534, gid: 65_534, cwd: '/', env: {} };
    const child = spawn(process.execPath, ['-e', reach, agent, door, cluster.url], nobody);
    const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(JSON.parse(output)).toEqual(['EACCES', 'EACCES', 403]);
  },
);

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

/** The debugger on a port of its own, and what there is of it where Chrome's DevTools is not installed. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { launchBrowser, openPage, seriousFindings } from './harness/browser.ts';
import { get } from './harness/clients.ts';
import { Cluster } from './harness/cluster.ts';
import { debuggedCluster, launchDebugged } from './harness/debugged-cluster.ts';
import { Inspector } from './harness/inspector.ts';
import { listeningPorts } from './harness/sockets.ts';

/** A cluster with these options, and its monitor's port. */
async function configured(options: object) {
  const cluster = await Cluster.start('configured', { env: { OPTIONS: JSON.stringify(options) } });
  return { cluster, port: Number((await cluster.event('up')).port) };
}

test('debug.webPort has the live page and the debugger, and nothing else, on loopback', async () => {
  const { webDebug, pid } = await debuggedCluster();
  const debug = await webDebug();
  const port = Number(new URL(debug).port);
  expect(await get({ port, path: '/' })).toMatchObject({ status: 302, headers: { location: '/debug' } });
  expect(await get({ port, path: '/debug' })).toMatchObject({ status: 200, body: expect.stringContaining('Troupe') });
  expect(await get({ port, path: '/ecv' })).toMatchObject({ status: 404 });
  expect(await get({ port, path: '/metrics' })).toMatchObject({ status: 404 });
  // All of a session goes by this port.
  const url = `${debug}/workers/${pid}`;
  expect((await fetch(`${url}/begin?aside=no`, { method: 'POST' })).status).toBe(200);
  const inspector = await Inspector.attach(url);
  expect(await inspector.evaluate('process.pid')).toBe(pid);
  expect(await (await fetch(`${url}/request/greet/Ada`)).text()).toBe('Hello, Ada');
  expect((await fetch(`${url}/end?next=return`, { method: 'POST' })).status).toBe(200);
  await inspector.closed;
});

test('a monitor app in another process, which has mounted debug(), has the debugger, too', async () => {
  const { cluster, pid, bus } = await debuggedCluster();
  const { socket } = await cluster.event('up');
  const monitor = await Cluster.start('monitor-express', { env: { TROUPE_SOCKET: String(socket) } });
  const { address } = await monitor.event('monitor');
  const debug = `http://127.0.0.1:${(address as AddressInfo).port}/debug`;
  const url = `${debug}/workers/${pid}`;
  expect((await fetch(`${url}/begin?aside=yes`, { method: 'POST' })).status).toBe(200);
  expect(await (await fetch(`${debug}/devtools/js_app.html`)).text()).toContain('<html');
  const inspector = await Inspector.attach(url);
  expect(await inspector.evaluate('process.pid')).toBe(pid);
  expect(await (await fetch(`${url}/request/greet/Ada`)).text()).toBe('Hello, Ada');
  expect((await bus.request('master', 'debug.leases', undefined))[0]).toMatchObject({ pid, sessions: 1, aside: true });
  expect((await fetch(`${url}/end?next=return`, { method: 'POST' })).status).toBe(200);
  await inspector.closed;
});

test('a port that is taken is said, and no reason not to start: the debugger is on the monitor', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port: taken } = server.address() as AddressInfo;
  const { cluster, port } = await configured({ debug: { webPort: taken } });
  await cluster.logged(new RegExp(`debugger cannot listen on 127\\.0\\.0\\.1:${taken} \\(debug\\.webPort\\)`));
  expect(await get({ port, path: '/debug' })).toMatchObject({ status: 200 });
});

test('where nobody could debug, there is no such port', async () => {
  const { cluster, port } = await configured({ debug: { webPort: 0, enable: false } });
  const { port: open } = await cluster.event('listening');
  expect((await listeningPorts(cluster.pid)).sort()).toEqual([port, open].sort());
  expect(await get({ port, path: '/debug' })).toMatchObject({ status: 404 });
});

test('without DevTools the page says how to install it, and offers the session to a debugger of one’s own', async () => {
  const hidden = join(import.meta.dirname, 'fixtures', 'without-devtools.cjs');
  const { url, debug, pid } = await launchDebugged({ env: { NODE_OPTIONS: `--require=${hidden}` } });
  const { context, close } = await launchBrowser();
  onTestFinished(close);
  const { page, complaints } = await openPage(context, `${url}?begin=stay`);
  await page.getByRole('heading', { name: 'DevTools is not installed here' }).waitFor();
  await page.getByText('npm install @react-native/debugger-frontend@0.86', { exact: true }).waitFor();
  const offered = page.getByText(/^ws:\/\//);
  expect(await offered.textContent()).toBe(`${url.replace(/^http/, 'ws')}/socket`);
  expect(await page.locator('iframe').count()).toBe(0);
  expect(await seriousFindings(page)).toEqual([]);
  expect(complaints).toEqual([]);
  const inspector = await Inspector.attach(url);
  expect(await inspector.evaluate('process.pid')).toBe(pid);
  expect(await (await fetch(`${debug}/devtools/js_app.html`)).text()).toMatch(/run "npm install @react-native/);
});

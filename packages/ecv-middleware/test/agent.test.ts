import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { TrafficReport } from '@troupe/ipc';
import { describe, expect, onTestFinished, test } from 'vitest';
import { agentLine } from '../src/agent.ts';
import { ecv, type Verdict } from '../src/index.ts';
import { cluster, serving } from './clusters.ts';
import { warnings } from './servers.ts';

const report: TrafficReport = {
  up: true,
  since: 0,
  reasons: [],
  mark: 'up',
  phase: 'serving',
  ready: 4,
  wanted: 4,
  minWorkers: 1,
};
const verdict = (up: boolean, changes: Partial<TrafficReport> = {}): Verdict => ({
  up,
  since: 0,
  reasons: [],
  report: { ...report, ...changes },
  alone: false,
});

describe("HAProxy's agent-check", () => {
  test.each<[string, Verdict, string]>([
    ['all are ready', verdict(true), 'ready up 100%'],
    ['three of four', verdict(true, { ready: 3 }), 'ready up 75%'],
    ['one of a thousand', verdict(true, { ready: 1, wanted: 1_000 }), 'ready up 1%'],
    ['one too many, in a reload', verdict(true, { ready: 5 }), 'ready up 100%'],
    ['no number', verdict(true, { wanted: 0 }), 'ready up 100%'],
    ['marked down', verdict(false, { mark: 'down' }), 'maint'],
    ['shutting down', verdict(false, { phase: 'stopping' }), 'drain'],
    ['shutting down after being marked down', verdict(false, { phase: 'stopping', mark: 'down' }), 'drain'],
    ['starting', verdict(false, { phase: 'starting', ready: 0 }), 'ready down'],
    ['too few workers', verdict(false, { ready: 0 }), 'ready down'],
    ['the application is not well', verdict(false), 'ready down'],
    ['no answer', { up: false, since: 0, reasons: [], alone: false }, 'ready down'],
  ])('%s', (_, given, line) => {
    expect(agentLine(given)).toBe(`${line}\n`);
  });
});

/** What HAProxy would read. */
async function read(port: number, sends = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  if (sends) socket.write(sends);
  return (await socket.setEncoding('utf8').toArray()).join('');
}

async function withAgent() {
  const { traffic, outside } = await cluster();
  const middleware = ecv({ client: outside, agentPort: 0 });
  onTestFinished(() => middleware.close());
  const port = (await middleware.agent?.listening)?.port ?? 0;
  return { traffic, middleware, port };
}

test('tells each connection one line, and closes it', async () => {
  const { traffic, port } = await withAgent();
  expect(await read(port)).toBe('ready down\n');
  serving(traffic);
  expect(await read(port)).toBe('ready up 100%\n');
  expect(await read(port, 'backend/server1\n'.repeat(10_000))).toBe('ready up 100%\n');
  traffic.mark('down', 'Ada');
  expect(await Promise.all([read(port), read(port), read(port)])).toEqual(Array(3).fill('maint\n'));
});

test('reads what a checker sends, however much, so that nothing is reset', async () => {
  const { port } = await withAgent();
  const socket = connect(port, '127.0.0.1').resume();
  await new Promise<void>((resolve, reject) => {
    socket.write(Buffer.alloc(10_000_000), error => (error ? reject(error) : resolve()));
  });
  await once(socket, 'close');
});

test('a busy port is a rejection, and a warning where nobody waits for it', async () => {
  const busy = createServer().listen(0);
  onTestFinished(() => void busy.close());
  await once(busy, 'listening');
  const seen = warnings();
  const middleware = ecv({ agentPort: (busy.address() as AddressInfo).port });
  await expect(middleware.agent?.listening).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await new Promise(resolve => setImmediate(resolve));
  expect(seen).toEqual([expect.objectContaining({ code: 'EADDRINUSE' })]);
  await middleware.close();
});

test('close() frees the port and hangs up on whoever stays', async () => {
  const { middleware, port } = await withAgent();
  const idle = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(idle, 'data');
  const closed = once(idle, 'close');
  const before = performance.now();
  await middleware.close();
  expect(performance.now() - before).toBeLessThan(1_500);
  idle.end();
  await closed;
  const again = createServer().listen(port);
  await once(again, 'listening');
  await new Promise(resolve => again.close(resolve));
  await middleware.close();
});

test('it does not keep the process alive', async () => {
  const servers = () => process.getActiveResourcesInfo().filter(name => name === 'TCPServerWrap').length;
  const before = servers();
  const middleware = ecv({ agentPort: 0 });
  await middleware.agent?.listening;
  expect(servers()).toBe(before);
  await middleware.close();
});

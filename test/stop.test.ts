import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';
import { Load } from './harness/load.ts';
import { Poll } from './harness/poll.ts';

/** The nightly run stops more clusters. */
const STOPS = process.env.TROUPE_NIGHTLY ? 200 : 20;

async function serving(fixture: string, env: NodeJS.ProcessEnv = {}) {
  const cluster = await Cluster.start(fixture, { env });
  const [up, listening] = await Promise.all([cluster.event('up'), cluster.event('listening')]);
  return { cluster, port: Number(listening.port), monPort: Number(up.port) };
}

test(`SIGTERM under keep-alive load, ${STOPS} times: no failed request, exit 0`, {
  timeout: STOPS * 15_000,
}, async () => {
  for (let n = 0; n < STOPS; n++) {
    const { cluster, port } = await serving('hello');
    const load = new Load(port, 16);
    await load.reaches(300);
    cluster.signal('SIGTERM');
    const tally = await within(load.refused(), 'the load to be refused');
    expect(tally.failed).toEqual([]);
    expect(tally.answered).toBeGreaterThan(300);
    expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  }
});

test('what is in flight is finished: a slow answer, and one that is being streamed', async () => {
  const { cluster, port } = await serving('paths');
  const slow = fetch(`http://127.0.0.1:${port}/slow?ms=1500`);
  const streamed = fetch(`http://127.0.0.1:${port}/stream?ms=1500`);
  await Promise.all([cluster.event('slow'), cluster.event('streaming')]);
  cluster.signal('SIGTERM');
  expect(await (await slow).text()).toMatch(/^\d+$/);
  expect((await slow).headers.get('connection')).toBe('close');
  expect(await (await streamed).text()).toBe('begun\ndone\n');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  expect(cluster.events('shut-down')).toHaveLength(2);
});

test('a keep-alive connection is answered with Connection: close while the cluster leaves', async () => {
  const { cluster, port } = await serving('paths');
  const socket = await ask(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await answer(socket)).toContain('Connection: keep-alive');
  cluster.signal('SIGTERM');
  await cluster.logged(/ECV is down: Shutting down/);
  await Promise.all([cluster.event('shut-down', 2)]);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await answer(socket)).toContain('Connection: close');
  await within(once(socket, 'close'), 'the connection to be closed');
  expect((await cluster.exit()).code).toBe(0);
});

test('connections that are idle, or never asked anything, do not hold the stop up', async () => {
  const { cluster, port } = await serving('paths');
  const idle = await ask(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await answer(idle);
  const silent = await ask(port, '');
  const closed = Promise.all([once(idle, 'close'), once(silent, 'close')]);
  cluster.signal('SIGTERM');
  expect((await cluster.exit(10_000)).code).toBe(0);
  await within(closed, 'both connections to be closed');
});

test('ECV is down first, for drainDelay, while the application goes on serving', async () => {
  const { cluster, port, monPort } = await serving('paths', { DRAIN_DELAY: '1500' });
  const poll = new Poll(`http://127.0.0.1:${monPort}/ecv`);
  await poll.sees(200, 5);
  cluster.signal('SIGTERM');
  await poll.sees(500, 20);
  expect((await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).status).toBe(200);
  expect((await cluster.exit()).code).toBe(0);
  const { looks } = poll;
  await poll.stop();
  const firstDown = looks.findIndex(look => look.status === 500);
  expect(looks.slice(firstDown).some(look => look.status === 200)).toBe(false);
});

test('SIGTERM to the whole group, workers first, is one stop: they serve on through drainDelay, and none is replaced', async () => {
  const { cluster, port } = await serving('paths', { DRAIN_DELAY: '1000' });
  for (const pid of await cluster.others()) process.kill(pid, 'SIGTERM');
  cluster.signal('SIGTERM');
  await cluster.logged(/ECV is down/);
  expect((await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).status).toBe(200);
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  const logged = (pattern: RegExp) => cluster.lines.filter(({ msg }) => pattern.test(String(msg))).length;
  expect(logged(/^worker \d+ was sent SIGTERM/)).toBe(2);
  expect(logged(/^worker \d+ forked/)).toBe(2);
});

test('what outlasts stopTimeout is ended, and the exit is still in order', async () => {
  const { cluster, port } = await serving('paths', { STOP_TIMEOUT: '2000' });
  const cut = fetch(`http://127.0.0.1:${port}/slow?ms=600000`).then(
    () => 'answered',
    () => 'cut off',
  );
  await cluster.event('slow');
  const began = performance.now();
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(4_000);
  expect(await cut).toBe('cut off');
});

test('a worker that is frozen does not hold the stop up either', async () => {
  const { cluster } = await serving('paths', { STOP_TIMEOUT: '2000' });
  const [frozen = 0] = await cluster.others();
  process.kill(frozen, 'SIGSTOP');
  cluster.signal('SIGTERM');
  expect(await cluster.exit(10_000)).toEqual({ code: 0, signal: null });
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second signal ends at once: %s', async (signal, code) => {
  const { cluster, port } = await serving('paths');
  const cut = fetch(`http://127.0.0.1:${port}/slow?ms=600000`).catch(() => 'cut off');
  await cluster.event('slow');
  cluster.signal('SIGTERM');
  await cluster.event('shut-down', 2);
  // Signals that come right behind the first are echoes of it; whoever insists is heard.
  while ((await cluster.others()).length > 0) cluster.signal(signal);
  expect((await cluster.exit()).code).toBe(code);
  expect(await cut).toBe('cut off');
});

async function ask(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await within(once(socket, 'connect'), 'a connection');
  socket.setEncoding('latin1');
  if (text) socket.write(text);
  return socket;
}

async function answer(socket: Socket): Promise<string> {
  const [text] = await within(once(socket, 'data'), 'an answer');
  return String(text);
}

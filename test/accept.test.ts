import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';
import { askOnce, NewConnections } from './harness/new-connections.ts';
import { tcpConnections } from './harness/sockets.ts';

async function start(workers: number, env: NodeJS.ProcessEnv = {}) {
  const cluster = await Cluster.start('accept', { env: { WORKERS: String(workers), ...env } });
  const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', workers)]);
  const { client: bus } = await joinBus(up);
  const pids = async () =>
    (await bus.request('master', 'workers.list', undefined)).filter(({ state }) => state === 'ready');
  const aWorker = async () => {
    const [worker] = await pids();
    if (worker?.pid == null) throw new Error(`no worker is ready:\n${cluster.transcript()}`);
    return worker.pid;
  };
  return { cluster, bus, port: Number(port), aWorker };
}

async function stop(cluster: Cluster): Promise<void> {
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
}

/** Ends a worker in the hard way, as often as said, each time when its successor has answered some of the load. */
async function killRepeatedly(
  { cluster, aWorker }: Awaited<ReturnType<typeof start>>,
  load: NewConnections,
  times: number,
) {
  const before = cluster.events('listening').length;
  for (let n = 1; n <= times; n++) {
    process.kill(await aWorker(), 'SIGKILL');
    await cluster.event('listening', before + n);
    await within(load.more(50), '50 more answers');
  }
}

const LANES = 8;

test('a killed worker takes with it only the requests that it had taken: nothing hangs, nothing is refused', async () => {
  const running = await start(2);
  const load = new NewConnections(running.port, LANES);
  await within(load.more(100), '100 answers');
  await killRepeatedly(running, load, 5);
  const { failed } = await load.stop();
  expect(failed.filter(failure => failure !== 'ECONNRESET' && failure !== 'socket hang up')).toEqual([]);
  expect(failed.length).toBeLessThanOrEqual(5 * LANES);
  await stop(running.cluster);
});

test('while the only worker is killed and comes back, connections wait', async () => {
  const running = await start(1);
  const load = new NewConnections(running.port, LANES);
  await within(load.more(100), '100 answers');
  await killRepeatedly(running, load, 3);
  const { failed } = await load.stop();
  expect(failed.filter(failure => failure !== 'ECONNRESET' && failure !== 'socket hang up')).toEqual([]);
  expect(failed.length).toBeLessThanOrEqual(3 * LANES);
  await stop(running.cluster);
});

test('while all workers are paused, connections wait for acceptWait, and are served when one resumes', async () => {
  const { cluster, bus, port } = await start(2, { ACCEPT_WAIT: '1500' });
  await bus.request('master', 'workers.pause', {});
  const began = performance.now();
  const given = await askOnce(port);
  const waited = performance.now() - began;
  expect(given).toEqual({ failure: 'ECONNRESET' });
  expect(waited).toBeGreaterThan(1_400);
  expect(waited).toBeLessThan(4_000);
  await cluster.logged(/1 connection was closed without an answer: no worker was ready within 1500 ms/);
  const waiting = connect(port, '127.0.0.1');
  await once(waiting, 'connect');
  waiting.write('GET / HTTP/1.0\r\n\r\n');
  await bus.request('master', 'workers.resume', {});
  const [answer] = await within(once(waiting, 'data'), 'the answer');
  expect(String(answer)).toContain('200 OK');
  waiting.destroy();
  await stop(cluster);
});

test('four workers get the same share', async () => {
  const { cluster, port } = await start(4);
  // One at a time: a worker that the system gives less time than the others takes less, which bench/src/accept.ts measures.
  const load = new NewConnections(port, 1);
  await within(load.more(400), '400 answers');
  const { answers, failed } = await load.stop();
  expect(failed).toEqual([]);
  expect(answers.size).toBe(4);
  expect(Math.min(...answers.values()) / Math.max(...answers.values())).toBeGreaterThanOrEqual(0.8);
  await stop(cluster);
});

test('a stopped worker strands nothing, and takes part again when it goes on', async () => {
  const { cluster, port, aWorker } = await start(2);
  const stopped = await aWorker();
  process.kill(stopped, 'SIGSTOP');
  const answers = await Promise.all(Array.from({ length: 60 }, () => askOnce(port)));
  const other = answers.map(answer => ('pid' in answer ? answer.pid : answer.failure));
  expect(new Set(other).size).toBe(1);
  expect(other).not.toContain(String(stopped));
  process.kill(stopped, 'SIGCONT');
  const load = new NewConnections(port, LANES);
  const served = async () => {
    while (!load.answers.has(String(stopped))) await load.more(1);
  };
  await within(served(), 'an answer of the worker that was stopped');
  expect((await load.stop()).failed).toEqual([]);
  await stop(cluster);
});

test('a busy worker is waited for by no connection that another one can serve', async () => {
  const { cluster, port } = await start(2);
  const busy = askOnce(port, '/block');
  const answers = await Promise.all(Array.from({ length: 20 }, () => askOnce(port)));
  expect(answers.filter(answer => !('pid' in answer))).toEqual([]);
  expect(await busy).toMatchObject({ pid: expect.any(String) });
  await stop(cluster);
});

test('workers that are retired under a load of new connections fail none', async () => {
  const { cluster, bus, port, aWorker } = await start(2);
  const load = new NewConnections(port, LANES);
  for (let n = 1; n <= 4; n++) {
    await within(load.more(100), '100 answers');
    await bus.request('master', 'workers.retire', { pid: await aWorker(), reason: 'a test asks for it' });
    await cluster.event('listening', 2 + n);
  }
  await within(load.more(100), '100 answers');
  expect((await load.stop()).failed).toEqual([]);
  await stop(cluster);
});

test('connections that the kernel has queued when the cluster is told to stop are served', async () => {
  const { cluster, port } = await start(2);
  process.kill(cluster.pid, 'SIGSTOP');
  const asked = Array.from({ length: 50 }, async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.0\r\n\r\n');
    return socket;
  });
  const sockets = await Promise.all(asked);
  const answers = sockets.map(async socket => String((await once(socket, 'data'))[0]));
  cluster.signal('SIGTERM');
  cluster.signal('SIGCONT');
  for (const answer of await within(Promise.all(answers), 'all answers')) expect(answer).toContain('200 OK');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

test('10,000 short connections leave no descriptor in the master', async () => {
  const { cluster, port } = await start(2);
  const load = new NewConnections(port, 2 * LANES);
  await within(load.more(10_000), '10,000 answers', 50_000);
  expect((await load.stop()).failed).toEqual([]);
  // Each is closed when its acknowledgement arrives, which the answer may overtake.
  const closed = async () => {
    while ((await tcpConnections(cluster.pid)) > 0) await nextTurn();
  };
  await within(closed(), 'the master to close the last connections');
  await stop(cluster);
});

test('servers at their maxConnections return what they are given: others get it, or it waits for room', async () => {
  const { cluster, port } = await start(2, { MAX_CONNECTIONS: '1', ACCEPT_WAIT: '1500' });
  const [first, second] = [await visitor(port), await visitor(port)];
  expect(new Set([await first.answer, await second.answer]).size).toBe(2);
  const third = await visitor(port);
  first.socket.destroy();
  expect(await within(third.answer, 'an answer to who has waited')).toBe(await first.answer);
  const tooMany = await visitor(port);
  await expect(within(tooMany.answer, 'the end of who found no room')).rejects.toThrow('closed');
  for (const { socket } of [second, third]) socket.destroy();
  await stop(cluster);
});

/** A client that stays; the pid of the worker that answers it. */
async function visitor(port: number) {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
  const answer = new Promise<string>((resolve, reject) => {
    socket.once('data', data => resolve(String(data).split('\r\n\r\n')[1] ?? ''));
    socket.once('close', () => reject(new Error('closed without an answer')));
  });
  answer.catch(() => {});
  return { socket, answer };
}

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s is resumed by whichever worker', async version => {
  const { cluster, port } = await start(4, { SECURE: 'yes' });
  const first = await visit(port, version);
  expect(first.resumed).toBe(false);
  const visits = await Promise.all(Array.from({ length: 12 }, () => visit(port, version, first.session)));
  expect(visits.filter(({ resumed }) => !resumed)).toEqual([]);
  expect(new Set(visits.map(({ pid }) => pid)).size).toBe(4);
  await stop(cluster);
});

/** One request over TLS, and the session that it leaves. */
async function visit(port: number, version: 'TLSv1.2' | 'TLSv1.3', session?: Buffer) {
  const socket: TLSSocket = connectSecurely({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
    ...(session && { session }),
  });
  const ticket = once(socket, 'session');
  await once(socket, 'secureConnect');
  const resumed = socket.isSessionReused();
  socket.write('GET / HTTP/1.0\r\n\r\n');
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return { resumed, pid: answer.split('\r\n\r\n')[1], session: session ?? ((await ticket)[0] as Buffer) };
}

import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { joinBus } from './harness/bus.ts';
import { get } from './harness/clients.ts';
import { Cluster } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';

async function start(env: NodeJS.ProcessEnv = {}) {
  const cluster = await Cluster.start('long-lived', { env });
  const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
  const { client } = await joinBus(up);
  const retire = async (pid: unknown) => {
    await client.request('master', 'workers.retire', { pid: Number(pid), reason: 'a test asks for it' });
    await cluster.line('its shutDown', line => line.event === 'shut-down' && line.pid === Number(pid));
  };
  const gone = (pid: unknown) => cluster.logged(new RegExp(`worker ${pid} exited with code 0`));
  return { cluster, port: Number(port), retire, gone };
}

test('a WebSocket is told 1001, going away, and the worker leaves', async () => {
  const { port, retire, gone } = await start();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  const [greeting] = await within(once(socket, 'message'), 'a greeting');
  const closed = once(socket, 'close');
  const pid = String(greeting);
  await retire(pid);
  const [code] = await within(closed, 'the WebSocket to be closed');
  expect(code).toBe(1001);
  await gone(pid);
});

test('a WebSocket whose client does not answer is closed after a moment', async () => {
  const { port, retire, gone } = await start();
  const req = request({
    port,
    host: '127.0.0.1',
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'),
    },
  });
  req.end();
  const [, socket, head] = await within(once(req, 'upgrade'), 'the upgrade');
  // The greeting may have come with the answer to the handshake.
  const received: Buffer[] = [head];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  if (head.length === 0) await within(once(socket, 'data'), 'the greeting');
  const pid = Buffer.concat(received).subarray(2).toString();
  const closed = once(socket, 'close');
  await retire(pid);
  await within(closed, 'the socket to be closed');
  expect(Buffer.concat(received).subarray(-4)).toEqual(Buffer.from([0x88, 0x02, 0x03, 0xe9]));
  await gone(pid);
});

test('a long download is finished', async () => {
  const { cluster, port, retire, gone } = await start();
  const download = fetch(`http://127.0.0.1:${port}/download`);
  const { pid } = await cluster.event('downloading');
  await retire(pid);
  expect((await (await download).text()).length).toBe(150_000);
  await gone(pid);
});

test('an upload in flight is taken to its end', async () => {
  const { cluster, port, retire, gone } = await start();
  const req = request({ port, host: '127.0.0.1', path: '/upload', method: 'POST' });
  const answered = once(req, 'response');
  req.write('x'.repeat(50_000));
  const { pid } = await cluster.event('uploading');
  await retire(pid);
  req.end('x'.repeat(50_000));
  const [response] = await within(answered, 'the answer');
  expect(String((await response.toArray()).join(''))).toBe('100000');
  expect(response.headers.connection).toBe('close');
  await gone(pid);
});

test('requests that came without waiting for answers are all answered, and the last answer says that it is the last', async () => {
  const { cluster, port, retire, gone } = await start();
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /later HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3));
  const { pid } = await cluster.event('later', 3);
  const answers = socket.toArray();
  await retire(pid);
  const [first = '', ...others] = String(Buffer.concat(await within(answers, 'the answers'))).split(/(?=HTTP)/);
  expect([first, ...others].map(answer => answer.slice(9, 12))).toEqual(['200', '200', '200']);
  expect(first).not.toContain('Connection: close');
  expect(others.at(-1)).toContain('Connection: close');
  await gone(pid);
});

test('a request of which a part has come is waited for, while connections that are idle are closed', async () => {
  const { port, retire, gone } = await start();
  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = await within(once(socket, 'data'), 'an answer');
    return { socket, pid: String(answer).split('\r\n\r\n')[1] };
  };
  // There are two workers.
  const connections = [await open(), await open(), await open()];
  const [waiting, idle] = connections.filter(({ pid }, n) =>
    connections.some((other, m) => m !== n && other.pid === pid),
  );
  if (!waiting || !idle) throw new Error('three connections reached three workers');
  waiting.socket.write('GET / HTTP/1.1\r\nHost:');
  const closed = once(idle.socket, 'close');
  const answer = once(waiting.socket, 'data');
  await retire(waiting.pid);
  await within(closed, 'the idle connection to be closed');
  waiting.socket.write(' x\r\n\r\n');
  expect(String((await within(answer, 'an answer'))[0])).toContain('200 OK');
  await gone(waiting.pid);
  for (const { socket } of connections) socket.destroy();
});

test.each([
  ['at a second port of the application', 'SECOND'],
  ['by a listener that has taken the place of the first', 'REPLACE'],
])('a request is answered %s, too', async (_where, kind) => {
  const { cluster, port, retire, gone } = await start({ [kind]: '1' });
  const where = kind === 'SECOND' ? (await cluster.event('second', 2)).port : port;
  const answer = get(`http://127.0.0.1:${where}/later`);
  const { pid } = await cluster.event('later');
  await retire(pid);
  expect(await within(answer, 'an answer')).toMatchObject({ status: 200, body: String(pid) });
  await gone(pid);
  expect(cluster.events('never')).toEqual([]);
});

test('an HTTP/2 session gets GOAWAY, and its stream is finished', async () => {
  const { cluster, port, retire, gone } = await start({ HTTP2: '1' });
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const goaway = once(session, 'goaway');
  const stream = session.request({ ':path': '/download' });
  const body = stream.toArray();
  const { pid } = await cluster.event('downloading');
  await retire(pid);
  const [code] = await within(goaway, 'GOAWAY');
  expect(code).toBe(0);
  expect(Buffer.concat(await body).length).toBe(150_000);
  await within(once(session, 'close'), 'the session to be closed');
  await gone(pid);
});

test('a worker whose application closes its server by itself is replaced', async () => {
  const { cluster, port, gone } = await start();
  const { body: pid } = await get(`http://127.0.0.1:${port}/close`);
  await cluster.logged(new RegExp(`worker ${pid} will be replaced by .*: its application has closed its server`));
  await cluster.event('listening', 3);
  await gone(pid);
});

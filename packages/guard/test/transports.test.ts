import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttps, request } from 'node:https';
import { type AddressInfo, createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cert, key } from '../../../test/harness/certificate.ts';
import { createGuard } from '../src/index.ts';
import { raw } from './servers.ts';

const guard = createGuard({ token: 'secret', trustLoopback: false });
const authorization = 'Bearer secret';

test('https: our origin is https', async () => {
  const server = createHttps({ key, cert }, async (req, res) => {
    const decision = await guard.authorize(req, 'operate');
    res.writeHead(decision.allowed ? 200 : decision.status).end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const post = async (origin: string) => {
    const options = {
      port,
      host: '127.0.0.1',
      ca: cert,
      agent: false,
      method: 'POST',
      headers: { authorization, origin },
    };
    const [response] = await once(request(options).end(), 'response');
    response.resume();
    return response.statusCode;
  };
  expect(await post(`https://127.0.0.1:${port}`)).toBe(200);
  expect(await post(`http://127.0.0.1:${port}`)).toBe(403);
});

test('http2: :authority is the Host', async () => {
  const server = createSecureServer({ key, cert }, async (req, res) => {
    // Middlewares are typed for http; the compatibility layer of http2 gives them the same members.
    const decision = await guard.authorize(req as never, 'operate');
    res.writeHead(decision.allowed ? 200 : decision.status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const session = connectHttp2(origin, { ca: cert, host: '127.0.0.1' });
  onTestFinished(() => {
    session.destroy();
    server.close();
  });
  const ask = async (headers: Record<string, string>) => {
    const stream = session.request({ ':method': 'POST', authorization, ...headers }).end();
    const [answer] = await once(stream, 'response');
    stream.resume();
    return answer[':status'];
  };
  expect(await ask({ origin })).toBe(200);
  expect(await ask({ origin: 'https://evil.example' })).toBe(403);
  expect(await ask({ ':authority': 'evil.example' })).toBe(421);
});

describe('an upgrade', () => {
  const upgrade = (port: number, headers: string) =>
    raw(
      port,
      `GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: ${authorization}\r\n${headers}\r\n\r\n`,
    );

  test.each<[string, (port: number) => string, string]>([
    ['from our page', port => `Host: localhost:${port}\r\nOrigin: http://localhost:${port}`, 'allowed'],
    ['by a program', port => `Host: localhost:${port}`, 'allowed'],
    ['from another site', port => `Host: localhost:${port}\r\nOrigin: http://evil.example`, 'TROUPE_ERR_GUARD_ORIGIN'],
    [
      'from a rebound name',
      port => `Host: evil.example:${port}\r\nOrigin: http://evil.example:${port}`,
      'TROUPE_ERR_GUARD_HOST',
    ],
  ])('%s', async (_, headers, expected) => {
    const server = createServer().on('upgrade', async (req, socket) => {
      const decision = await guard.authorize(req, 'debug');
      socket.end(decision.allowed ? 'allowed' : decision.code);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await upgrade(port, headers(port))).toBe(expected);
  });
});

test('a Unix socket does not tell who is at its other end, so it needs the token', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-guard-'));
  const trusting = createGuard({ token: 'secret' });
  const server = createServer(async (req, res) => {
    const decision = await trusting.authorize(req, 'view');
    res.end(decision.allowed ? 'allowed' : decision.code);
  }).listen(join(directory, 's'));
  onTestFinished(async () => {
    server.close();
    await rm(directory, { recursive: true });
  });
  await once(server, 'listening');
  const ask = async (headers: string) => {
    const socket = createConnection(join(directory, 's'));
    socket.end(`GET / HTTP/1.0\r\nHost: localhost\r\n${headers}\r\n`);
    return (await socket.setEncoding('utf8').toArray()).join('').split('\r\n\r\n')[1];
  };
  expect(await ask('')).toBe('TROUPE_ERR_GUARD_ACCESS');
  expect(await ask(`Authorization: ${authorization}\r\n`)).toBe('allowed');
});

import { once } from 'node:events';
import { IncomingMessage, type RequestListener, request, ServerResponse } from 'node:http';
import { Session } from 'node:inspector';
import type { AddressInfo, Server } from 'node:net';
import connect from 'connect';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { createDefaultServer } from '../src/worker/default-server.ts';

async function serve(app: RequestListener, node = '22.1.0'): Promise<{ server: Server; url: string }> {
  const server = createDefaultServer(app, node);
  onTestFinished(() => {
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** The prototypes with which requests and responses come to the application. */
function prototypesOnArrival(server: Server): Promise<[object, object]> {
  return new Promise(resolve => {
    server.prependOnceListener('request', (req, res) =>
      resolve([Object.getPrototypeOf(req), Object.getPrototypeOf(res)]),
    );
  });
}

const body = async (url: string, init?: RequestInit) => (await fetch(url, init)).text();

test('the requests of an Express application are born as Express would make them', async () => {
  const app = express();
  app.use(express.json());
  app.post('/', (req, res) => {
    res.json({ given: req.body, query: req.query.a, own: Object.getPrototypeOf(req) === app.request });
  });
  const { server, url } = await serve(app);
  const arrival = prototypesOnArrival(server);
  const init = { method: 'POST', body: '{"n":1}', headers: { 'content-type': 'application/json' } };
  expect(JSON.parse(await body(`${url}?a=2`, init))).toEqual({ given: { n: 1 }, query: '2', own: true });
  const [req, res] = await arrival;
  expect(req).toBe(app.request);
  expect(res).toBe(app.response);
});

test('in a debugger and in heap snapshots they have the names that Node gives them', async () => {
  const session = new Session();
  session.connect();
  onTestFinished(() => session.disconnect());
  const app = express();
  const shown: (string | undefined)[] = [];
  app.use((req, res) => {
    for (const message of [req, res]) {
      Reflect.set(globalThis, 'messageOfTest', message);
      session.post('Runtime.evaluate', { expression: 'messageOfTest' }, (_error, { result }) => {
        shown.push(result.className);
      });
    }
    Reflect.deleteProperty(globalThis, 'messageOfTest');
    res.end();
  });
  const { url } = await serve(app);
  await body(url);
  expect(shown).toEqual(['IncomingMessage', 'ServerResponse']);
});

test('an application within an application has its own for as long as it is asked', async () => {
  const inner = express();
  inner.get('/', (req, res, next) => {
    res.locals.inner = Object.getPrototypeOf(req) === inner.request && req.app === inner;
    next();
  });
  const app = express();
  app.use('/inner', inner);
  app.use((req, res) => {
    res.json([res.locals.inner, req.app === app, Object.getPrototypeOf(res) === app.response]);
  });
  const { url } = await serve(app);
  expect(JSON.parse(await body(`${url}inner`))).toEqual([true, true, true]);
});

test.each([
  ['a plain handler', '22.1.0', (_req, res) => res.end('plain')],
  ['Connect', '22.1.0', connect().use((_req: unknown, res: ServerResponse) => res.end('plain')) as RequestListener],
  ['Express from Node 24 on, where it would cost', '24.0.0', express().use((_req, res) => void res.end('plain'))],
] as [string, string, RequestListener][])('%s gets the messages of Node', async (_name, node, app) => {
  const { server, url } = await serve(app, node);
  const arrival = prototypesOnArrival(server);
  expect(await body(url)).toBe('plain');
  expect(await arrival).toEqual([IncomingMessage.prototype, ServerResponse.prototype]);
});

test('whoever listens for upgrades gets the request of Node, and can set what Express has only getters for', async () => {
  const { server, url } = await serve(express());
  server.on('upgrade', (req, socket) => {
    req.query = { mine: true };
    const isPlain = Object.getPrototypeOf(req) === IncomingMessage.prototype;
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\nX-Plain: ${isPlain}\r\n\r\n`);
  });
  const upgrading = request(url, { headers: { connection: 'Upgrade', upgrade: 'x' } });
  upgrading.end();
  const [res, socket] = await once(upgrading, 'upgrade');
  socket.destroy();
  expect(res.headers['x-plain']).toBe('true');
});

test('without such a listener requests to upgrade reach the application', async () => {
  const app = express();
  app.get('/', (_req, res) => {
    res.send('no upgrade');
  });
  const { server, url } = await serve(app);
  expect(server.listenerCount('upgrade')).toBe(0);
  const asked = request(url, { headers: { connection: 'Upgrade', upgrade: 'x' } });
  asked.end();
  const [res] = await once(asked, 'response');
  res.resume();
  expect(res.statusCode).toBe(200);
});

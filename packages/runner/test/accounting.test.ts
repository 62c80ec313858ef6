import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, constants, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { Accounting } from '../src/worker/accounting.ts';

/** How many requests ended with which class of status. */
const ended = ({ times }: Accounting) =>
  Object.fromEntries(
    times
      .histogram()
      .values.filter(({ metricName }) => metricName?.endsWith('_count'))
      .map(({ labels, value }) => [labels.status, value]),
  );

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Requests of an HTTP/1 server, each awaited until its response has closed there. */
async function served(app: RequestListener) {
  const server = createServer(app);
  const accounting = new Accounting(server);
  const port = await listening(server);
  const ask = async (then: (answer: IncomingMessage) => void = answer => void answer.resume()) => {
    const request = get({ port, host: '127.0.0.1', agent: false }, then);
    // Whoever cuts a connection hears of it as well.
    request.on('error', () => undefined);
    const [, response]: [IncomingMessage, ServerResponse] = (await once(server, 'request')) as never;
    return { request, response };
  };
  return { accounting, ask };
}

const closed = (response: ServerResponse) => (response.closed ? undefined : once(response, 'close'));

test.each([
  [
    'a plain handler',
    (status: number): RequestListener =>
      (_req, res) =>
        void res.writeHead(status).end(),
  ],
  ['Express', (status: number) => express().use((_req, res) => void res.status(status).json({ status }))],
])('%s: a request ends with the status of its answer', async (_name, appFor) => {
  for (const [status, row] of [
    [200, '2xx'],
    [404, '4xx'],
    [503, '5xx'],
  ] as const) {
    const { accounting, ask } = await served(appFor(status));
    const { response } = await ask();
    await closed(response);
    expect(ended(accounting)).toEqual({ [row]: 1 });
    expect(accounting.inFlight.size).toBe(0);
  }
});

test('one that is cut off before its answer began has no status; one that was being answered has that of its answer', async () => {
  const { accounting, ask } = await served(express().use('/', (_req, res) => void res.status(201)));
  const cut = await ask();
  expect([...accounting.inFlight]).toEqual([cut.response]);
  cut.request.destroy();
  await closed(cut.response);
  expect(ended(accounting)).toEqual({ aborted: 1 });

  const begun = await ask(answer => answer.destroy());
  begun.response.write('the beginning');
  await closed(begun.response);
  expect(ended(accounting)).toEqual({ aborted: 1, '2xx': 1 });
  expect(accounting.inFlight.size).toBe(0);
});

test('one that the application drops without an answer has no status', async () => {
  const { accounting, ask } = await served((_req, res) => void res.destroy());
  const { response } = await ask();
  await closed(response);
  expect(ended(accounting)).toEqual({ aborted: 1 });
});

test('one that is answered when nobody is there any more has no status', async () => {
  const { accounting, ask } = await served(() => undefined);
  const { request, response } = await ask();
  request.destroy();
  await closed(response);
  response.end('too late');
  expect(ended(accounting)).toEqual({ aborted: 1 });
});

test('listeners are as they were: one can be found and taken away, and another is counted', async () => {
  const app: RequestListener = () => undefined;
  const server = createServer(app);
  const accounting = new Accounting(server);
  expect(server.listeners('request')).toEqual([app]);
  server.off('request', app).on('request', (_req, res) => res.writeHead(404).end());
  const port = await listening(server);
  get({ port, host: '127.0.0.1', agent: false }).on('response', answer => answer.resume());
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  await closed(response);
  expect(ended(accounting)).toEqual({ '4xx': 1 });
});

test('a request that waits to be told to continue counts, and once', async () => {
  const server = createServer((_req, res) => void res.end());
  const accounting = new Accounting(server);
  server.on('checkContinue', (req, res) => {
    expect([...accounting.inFlight]).toEqual([res]);
    res.writeContinue();
    server.emit('request', req, res);
  });
  const port = await listening(server);
  const headers = { expect: '100-continue' };
  get({ port, host: '127.0.0.1', agent: false, headers }).on('response', answer => answer.resume());
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  await closed(response);
  expect(ended(accounting)).toEqual({ '2xx': 1 });
  expect(accounting.inFlight.size).toBe(0);
});

test('HTTP/2: a request is a stream, and counts once', async () => {
  const server = createHttp2Server((_req, res) => void res.writeHead(404).end());
  const accounting = new Accounting(server);
  const session = connect(`http://127.0.0.1:${await listening(server)}`);
  onTestFinished(() => session.destroy());
  const done = once(server, 'stream').then(([stream]) => once(stream, 'close'));
  const request = session.request({ [constants.HTTP2_HEADER_PATH]: '/' });
  request.resume();
  await Promise.all([done, once(request, 'close')]);
  expect(ended(accounting)).toEqual({ '4xx': 1 });
  expect(accounting.inFlight.size).toBe(0);
});

import type { RequestListener } from 'node:http';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuard } from '@troupe/guard';
import connectApp from 'connect';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type MetricsOptions, metrics } from '../src/index.ts';
import { counter } from './families.ts';

type Handler = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;
interface App extends RequestListener {
  use(handler: Handler): unknown;
}

/** Knows nobody but who has the token, so that it is the same on every machine. */
const guard = createGuard({ token: 'secret', trustLoopback: false, audit: () => {} });
const cluster = { request: async () => [counter('jobs_total', 1)] } as unknown as NonNullable<MetricsOptions['client']>;

async function serve(create: () => App = connectApp, options: MetricsOptions = {}) {
  const app = create();
  app.use(metrics({ guard, client: cluster, ...options }));
  app.use((_req, res) => void res.end('the rest of the app'));
  const server = createServer(app);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: { authorization: 'Bearer secret', ...init.headers } });
}

describe.each<[string, () => App]>([
  ['Express', () => express()],
  ['Connect', () => connectApp()],
])('metrics() in %s', (_, create) => {
  it('answers at its path, and nowhere else', async () => {
    const ask = await serve(create);
    const answer = await ask('/metrics?all');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).toContain('\njobs_total 1\n');
    for (const path of ['/', '/metrics/', '/metricsx']) {
      expect(await (await ask(path)).text()).toBe('the rest of the app');
    }
  });
});

it('speaks OpenMetrics to who prefers it, as Prometheus does', async () => {
  const ask = await serve();
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  const answer = await ask('/metrics', { headers: { accept } });
  expect(answer.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(answer.headers.get('vary')).toBe('accept');
  expect((await answer.text()).endsWith('# EOF\n')).toBe(true);
});

it('is for those who may view', async () => {
  const ask = await serve();
  expect((await ask('/metrics', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
});

it('is read, and nothing else', async () => {
  const ask = await serve();
  const post = await ask('/metrics', { method: 'POST' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  const head = await ask('/metrics', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

it('says why when the master does not answer', async () => {
  const silent = { request: () => Promise.reject(new Error('The master did not answer.')) };
  const ask = await serve(connectApp, { client: silent as unknown as NonNullable<MetricsOptions['client']> });
  const answer = await ask('/metrics');
  expect([answer.status, await answer.text()]).toEqual([503, 'The master did not answer.\n']);
});

it.each([[{ path: 'metrics' }], [{ path: '/a?b' }], [{ timeout: 0 }], [{ timeout: Number.NaN }]])(
  'refuses the options %j',
  options => {
    const code = 'TROUPE_ERR_METRICS_OPTIONS';
    expect(() => metrics(options)).toThrow(expect.objectContaining({ code }));
  },
);

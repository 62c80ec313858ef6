import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import type { Address } from '@troupe/ipc';
import express from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cert, key } from '../../../test/harness/certificate.ts';
import { type EcvOptions, ecv } from '../src/index.ts';
import { Monitor } from '../src/monitor.ts';
import { MAX_BODY } from '../src/page.ts';
import { cluster, noCluster, serving } from './clusters.ts';
import { authorization, bodyOf, directory, guard, listen, serve, warnings } from './servers.ts';

const settings = {
  monitor: '/health?deep',
  validator: (_error: unknown, response?: { statusCode: number }) => response?.statusCode === 200,
  timeout: 5_000,
  interval: 0,
};

function monitor(changes: Partial<ConstructorParameters<typeof Monitor>[0]> = {}, now?: () => number) {
  const reports: Error[] = [];
  const made = new Monitor({ ...settings, ...changes }, problem => reports.push(problem), now);
  onTestFinished(() => made.close());
  return { reports, ask: (address?: Address) => made.ask(address, undefined), close: () => made.close() };
}

/** Answers 200 to what was asked for, and only that. */
const page = ({ url }: { url?: string | undefined }, res: { statusCode: number; end(text: string): unknown }) => {
  res.statusCode = url === '/health?deep' ? 200 : 404;
  res.end('well');
};

describe('reaches the application by', () => {
  const servers: [Address['protocol'], () => ReturnType<typeof createTcp>][] = [
    ['http', () => createServer(page)],
    ['https', () => createHttps({ key, cert }, page)],
    ['http2', () => createHttp2((req, res) => page(req, res))],
    ['https2', () => createSecureServer({ key, cert }, (req, res) => page(req, res))],
  ];
  test.each(servers)('%s', async (protocol, create) => {
    const { port } = await listen(create());
    const { ask } = monitor();
    expect(await ask({ protocol, port, host: '127.0.0.1' })).toBeUndefined();
    expect(await ask({ protocol, port, host: '0.0.0.0' })).toBeUndefined();
    expect(await ask({ protocol, port, host: '::ffff:127.0.0.1' })).toBeUndefined();
    expect(await ask({ protocol, port })).toBeUndefined();
  });

  test.each(servers)('%s on a Unix socket', async (protocol, create) => {
    const path = join(await directory(), 'app');
    await listen(create(), { path });
    expect(await monitor().ask({ protocol, path })).toBeUndefined();
  });

  test.each(servers)('%s says why when nobody listens', async (protocol, create) => {
    const server = create();
    const { port } = await listen(server);
    await new Promise(resolve => server.close(resolve));
    expect(await monitor().ask({ protocol, port, host: '127.0.0.1' })).toMatch(
      /\/health could not be read: .*ECONNREFUSED/,
    );
  });

  test('an absolute URL, wherever the application is', async () => {
    const { origin } = await serve(page);
    expect(await monitor({ monitor: `${origin}/health?deep` }).ask()).toBeUndefined();
    expect(await monitor({ monitor: `${origin}/other` }).ask()).toMatch(/status 404/);
  });

  test('no path on a plain TCP server', async () => {
    expect(await monitor().ask({ protocol: 'tcp', port: 1 })).toMatch(/plain TCP server/);
  });

  test('no path while nothing listens', async () => {
    expect(await monitor().ask()).toMatch(/does not listen yet/);
  });
});

describe('is bounded', () => {
  const answering = async (listener: RequestListener, changes = {}) => {
    const { port } = await serve(listener);
    return monitor(changes).ask({ protocol: 'http', port, host: '127.0.0.1' });
  };

  test('in the length of the body', async () => {
    expect(await answering((_req, res) => void res.end(Buffer.alloc(MAX_BODY)))).toBeUndefined();
    expect(await answering((_req, res) => void res.end(Buffer.alloc(MAX_BODY + 1)))).toMatch(/longer than/);
  });

  test('in the time to the first byte', async () => {
    expect(await answering(() => {}, { timeout: 50 })).toMatch(/did not answer in time/);
  });

  test('in the time to the last byte', async () => {
    expect(await answering((_req, res) => void res.write('and then'), { timeout: 50 })).toMatch(
      /did not answer in time/,
    );
  });

  test('in the time of the validator, after an answer and after none', async () => {
    const validator = () => new Promise<boolean>(() => {});
    expect(await answering((_req, res) => void res.end(), { timeout: 50, validator })).toMatch(
      /did not decide within 50 ms/,
    );
    expect(await answering(() => {}, { timeout: 50, validator })).toMatch(/did not decide within 50 ms/);
  });

  test('over http2 too', async () => {
    const { port } = await listen(createHttp2(() => {}));
    expect(await monitor({ timeout: 50 }).ask({ protocol: 'http2', port, host: '127.0.0.1' })).toMatch(
      /did not answer in time/,
    );
  });

  test('over http2 by a stream that is closed without an answer', async () => {
    const { port } = await listen(createHttp2().on('stream', stream => stream.close()));
    expect(await monitor().ask({ protocol: 'http2', port, host: '127.0.0.1' })).toMatch(/closed without an answer/);
  });

  test('by close()', async () => {
    const server = createServer();
    const { port } = await listen(server);
    const asked = once(server, 'request');
    const { ask, close } = monitor();
    const found = ask({ protocol: 'http', port, host: '127.0.0.1' });
    await asked;
    close();
    expect(await found).toMatch(/could not be read/);
  });
});

describe('a validator', () => {
  test('is given the error, the response with its status, and the body', async () => {
    const { port } = await serve((_req, res) => void res.writeHead(418, { 'x-tea': 'yes' }).end('short'));
    const seen: unknown[] = [];
    const validator = (...args: unknown[]) => seen.push(args) > 0;
    expect(await monitor({ validator }).ask({ protocol: 'http', port })).toBeUndefined();
    expect(seen).toEqual([
      [
        null,
        expect.objectContaining({ statusCode: 418, headers: expect.objectContaining({ 'x-tea': 'yes' }) }),
        'short',
      ],
    ]);
  });

  test('may call an error fine', async () => {
    const { ask } = monitor({ validator: error => error !== null });
    expect(await ask({ protocol: 'http', port: 1, host: '127.0.0.1' })).toBeUndefined();
  });

  test('may answer with a promise', async () => {
    const { port } = await serve(page);
    expect(await monitor({ validator: () => Promise.resolve(false) }).ask({ protocol: 'http', port })).toMatch(
      /turned down .*status 200/,
    );
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('my mistake');
      },
    ],
    ['rejects', () => Promise.reject(new Error('my mistake'))],
  ])('that %s is down, and reported once', async (_, validator) => {
    const { port } = await serve(page);
    const { ask, reports } = monitor({ validator });
    expect(await ask({ protocol: 'http', port })).toMatch(/my mistake/);
    expect(await ask({ protocol: 'http', port })).toMatch(/my mistake/);
    expect(reports).toEqual([expect.objectContaining({ code: 'TROUPE_ERR_ECV_VALIDATOR' })]);
  });
});

describe('the application is asked', () => {
  test('once per interval', async () => {
    let asked = 0;
    const { port } = await serve((_req, res) => {
      asked += 1;
      res.end();
    });
    let now = 0;
    const { ask } = monitor({ interval: 1_000 }, () => now);
    const address: Address = { protocol: 'http', port };
    await Promise.all([ask(address), ask(address), ask(address)]);
    now = 999;
    await ask(address);
    expect(asked).toBe(1);
    now = 1_000;
    await ask(address);
    expect(asked).toBe(2);
  });

  test('one question at a time, even if it outlasts the interval', async () => {
    let asked = 0;
    let answer = () => {};
    const { port } = await serve((_req, res) => {
      asked += 1;
      answer = () => void res.end();
      arrived();
    });
    let arrived = () => {};
    const arrival = new Promise<void>(resolve => {
      arrived = resolve;
    });
    let now = 0;
    const { ask } = monitor({ interval: 10 }, () => now);
    const first = ask({ protocol: 'http', port });
    await arrival;
    now = 100;
    const second = ask({ protocol: 'http', port });
    answer();
    expect(await Promise.all([first, second])).toEqual([undefined, undefined]);
    expect(asked).toBe(1);
  });

  test('anew when it listens elsewhere', async () => {
    const { port } = await serve(page);
    const { ask } = monitor({ interval: 60_000 });
    expect(await ask({ protocol: 'http', port: 1, host: '127.0.0.1' })).toMatch(/could not be read/);
    expect(await ask({ protocol: 'http', port })).toBeUndefined();
  });
});

describe('mode monitor of ecv()', () => {
  const json = { authorization, accept: 'application/json' };

  test('asks the application of the cluster, and still counts what the cluster knows', async () => {
    let well = true;
    const { port } = await serve((_req, res) => void res.writeHead(well ? 200 : 500).end());
    const { traffic, outside } = await cluster({ now: () => 1_000 });
    const { origin } = await serve(express().use(ecv({ mode: 'monitor', client: outside, guard, interval: 0 })));
    const status = async () => (await fetch(`${origin}/ecv`)).status;
    expect(await status()).toBe(500);
    serving(traffic);
    traffic.listening({ port, protocol: 'http' });
    expect(await status()).toBe(200);
    well = false;
    expect(await status()).toBe(500);
    const { reasons, since } = await bodyOf(await fetch(`${origin}/ecv`, { headers: json }));
    expect(reasons).toEqual([expect.stringMatching(/status 500/)]);
    // The cluster has not changed; its application has, just now.
    expect(Date.parse(since)).toBeGreaterThan(1_000_000);
    well = true;
    expect(await status()).toBe(200);
    expect((await fetch(`${origin}/ecv/markDown`, { headers: json })).status).toBe(500);
    well = false;
    expect((await bodyOf(await fetch(`${origin}/ecv`, { headers: json }))).reasons).toEqual([
      'Marked down by token (127.0.0.1).',
    ]);
    well = true;
    expect((await fetch(`${origin}/ecv/markUp`, { headers: json })).status).toBe(200);
    traffic.workers(0, 1);
    expect(await status()).toBe(500);
    expect((await fetch(`${origin}/ecv/live`)).status).toBe(200);
  });

  test('close() ends what is being asked', async () => {
    const application = createServer();
    const { port } = await listen(application);
    const asked = once(application, 'request');
    const monitor = `http://127.0.0.1:${port}/`;
    const middleware = ecv({ mode: 'monitor', monitor, timeout: 60_000, client: noCluster(), guard });
    const { origin } = await serve(express().use(middleware));
    const answer = fetch(`${origin}/ecv`);
    await asked;
    await middleware.close();
    expect((await answer).status).toBe(500);
  });

  test('a cluster that serves no port is not looked for on its monitor', async () => {
    const { traffic, master } = await cluster();
    serving(traffic);
    const app = express().use(ecv({ mode: 'monitor', client: master, guard }));
    app.get('/', (_req, res) => void res.end('the monitor'));
    const { origin } = await serve(app);
    const { reasons } = await bodyOf(await fetch(`${origin}/ecv`, { headers: json }));
    expect(reasons).toEqual([expect.stringMatching(/does not listen yet/)]);
  });

  test('a probe that fails does not fail liveness, nor does a slow one', async () => {
    const { origin } = await serve(
      express().use(ecv({ mode: 'monitor', monitor: '/nothing', client: noCluster(), guard })),
    );
    expect((await fetch(`${origin}/ecv`)).status).toBe(500);
    expect((await fetch(`${origin}/ecv/ready`)).status).toBe(503);
    expect((await fetch(`${origin}/ecv/live`)).status).toBe(200);
    expect((await fetch(`${origin}/ecv/startup`)).status).toBe(200);
  });

  const own = async (options: EcvOptions = {}) => {
    const app = express();
    app.use(ecv({ mode: 'monitor', monitor: '/app/route', client: noCluster(), guard, ...options }));
    app.get('/app/route', (_req, res) => void res.end('well'));
    return app;
  };

  test('alone, a path is on the server that was asked', async () => {
    const { origin } = await serve(await own());
    expect((await fetch(`${origin}/ecv`)).status).toBe(200);
  });

  test('alone over https', async () => {
    const { port } = await listen(createHttps({ key, cert }, await own()));
    const found = monitor({ monitor: `https://127.0.0.1:${port}/ecv` });
    expect(await found.ask()).toBeUndefined();
  });

  test('alone on a Unix socket', async () => {
    const path = join(await directory(), 'app');
    await listen(createServer(await own()), { path });
    expect(await monitor({ monitor: '/ecv' }).ask({ protocol: 'http', path })).toBeUndefined();
  });

  test('alone over http2', async () => {
    const probe = ecv({ mode: 'monitor', monitor: '/app/route', client: noCluster(), guard });
    // Middlewares are typed for http; the compatibility layer of http2 gives them the same members.
    const { port } = await listen(
      createHttp2((req, res) => probe(req as never, res as never, () => void res.end('well'))),
    );
    expect(await monitor({ monitor: '/ecv' }).ask({ protocol: 'http2', port })).toBeUndefined();
  });

  test('that asks itself ends', async () => {
    const { origin } = await serve(await own({ monitor: '/ecv', timeout: 50 }));
    expect((await fetch(`${origin}/ecv`)).status).toBe(500);
  });

  test('a validator that throws is a warning of the process', async () => {
    const seen = warnings();
    const { origin } = await serve(
      await own({
        validator: () => {
          throw new Error('my mistake');
        },
      }),
    );
    expect((await fetch(`${origin}/ecv`)).status).toBe(500);
    await new Promise(resolve => setImmediate(resolve));
    expect(seen).toEqual([expect.objectContaining({ code: 'TROUPE_ERR_ECV_VALIDATOR' })]);
  });
});

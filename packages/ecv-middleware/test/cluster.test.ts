import { join } from 'node:path';
import { Broker, connect } from '@troupe/ipc';
import connectApp from 'connect';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { type Bus, type EcvOptions, ecv, host, MarkStore, Traffic } from '../src/index.ts';
import { cluster, serving } from './clusters.ts';
import { authorization, bodyOf, directory, guard, serve } from './servers.ts';

const json = { accept: 'application/json' };

async function monitorOf(client: Bus, options: EcvOptions = {}, app: express.Express | connectApp.Server = express()) {
  app.use(ecv({ client, guard, ...options }));
  const { origin } = await serve(app);
  return async (path: string, headers: Record<string, string> = {}) =>
    fetch(origin + path, { headers: { authorization, ...headers } });
}

describe.each(['master', 'outside'] as const)('seen from the %s process', where => {
  test('it follows the cluster', async () => {
    const { traffic, [where]: client } = await cluster();
    const ask = await monitorOf(client);
    const states = async () => [
      (await ask('/ecv')).status,
      (await ask('/ecv/ready')).status,
      (await ask('/ecv/startup')).status,
      (await ask('/ecv/live')).status,
    ];
    traffic.workers(0, 2);
    expect(await states()).toEqual([500, 503, 503, 200]);
    traffic.workers(2, 2);
    expect(await states()).toEqual([500, 503, 503, 200]);
    traffic.serving();
    expect(await states()).toEqual([200, 200, 200, 200]);
    traffic.workers(0, 2);
    expect(await states()).toEqual([500, 503, 200, 200]);
    traffic.workers(1, 2);
    expect(await states()).toEqual([200, 200, 200, 200]);
    traffic.stopping();
    expect(await states()).toEqual([500, 503, 200, 200]);
  });

  test("its marks are the cluster's, and everybody hears of them", async () => {
    const { traffic, master, outside, [where]: client } = await cluster();
    serving(traffic);
    const heard: string[] = [];
    const both = Promise.all(
      [master, outside].map(
        listener =>
          new Promise<void>(resolve => {
            listener.onEvent('markDown', args => {
              heard.push(`${listener.role} ${args[0]}`);
              resolve();
            });
          }),
      ),
    );
    const ask = await monitorOf(client);
    expect((await ask('/ecv/markDown')).status).toBe(500);
    expect((await ask('/ecv')).status).toBe(500);
    expect(traffic.report()).toMatchObject({ mark: 'down', reasons: ['Marked down by token (127.0.0.1).'] });
    await both;
    expect(heard.sort()).toEqual(['master token (127.0.0.1)', 'monitor token (127.0.0.1)']);
    expect((await ask('/ecv/markUp')).status).toBe(200);
    expect((await ask('/ecv')).status).toBe(200);
  });

  test("the body has the application's port, and the cluster's view", async () => {
    const { traffic, [where]: client } = await cluster({ minWorkers: 2 });
    const ask = await monitorOf(client, {}, connectApp());
    traffic.workers(1, 4);
    expect(await (await ask('/ecv')).text()).toContain('&port=&');
    traffic.listening({ port: 8123, protocol: 'http' });
    traffic.serving();
    expect(await (await ask('/ecv')).text()).toContain('&port=8123&');
    const { since, time, ...view } = await bodyOf(await ask('/ecv', json));
    expect(view).toEqual({
      status: 'DISABLED',
      serveTraffic: false,
      reasons: ['Ready: 1 of 4 workers; minWorkers asks for 2.'],
      mark: 'up',
      phase: 'serving',
      ready: 1,
      wanted: 4,
      minWorkers: 2,
      address: { port: 8123, protocol: 'http' },
    });
    expect(Date.parse(since)).toBe(traffic.report().since);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(Date.parse(since));
  });
});

test('markUp of a cluster that is still starting is answered with 200, and says that it is down', async () => {
  const { master } = await cluster();
  const ask = await monitorOf(master);
  const response = await ask('/ecv/markUp');
  expect([response.status, (await response.text()).split('&')[1]]).toEqual([200, 'ServeTraffic=false']);
});

test('a master that is gone is down, and alive is who says so', async () => {
  const { traffic, outside, close } = await cluster();
  serving(traffic);
  const ask = await monitorOf(outside);
  expect((await ask('/ecv/startup')).status).toBe(200);
  expect((await ask('/ecv')).status).toBe(200);
  await close();
  const response = await ask('/ecv', json);
  expect(response.status).toBe(500);
  expect((await bodyOf(response)).reasons).toEqual([
    expect.stringContaining('It is not known whether the cluster is well'),
  ]);
  expect((await ask('/ecv/live')).status).toBe(200);
  expect((await ask('/ecv/ready')).status).toBe(503);
  expect((await ask('/ecv/startup')).status).toBe(200);
  expect((await ask('/ecv/markDown')).status).toBe(503);
});

test('a master that does not answer is down after a second', async () => {
  const broker = await Broker.listen(join(await directory(), 'bus'));
  const stop = broker.join().handle('traffic.report', () => new Promise<never>(() => {}));
  const outside = connect(broker.path, { role: 'monitor' });
  const ask = await monitorOf(outside);
  const before = performance.now();
  const response = await ask('/ecv', json);
  expect(performance.now() - before).toBeLessThan(3_000);
  expect((await bodyOf(response)).reasons).toEqual([expect.stringContaining('1000 ms')]);
  stop();
  await outside.close();
  await broker.close();
});

test('probes at the same time share one question', async () => {
  const { traffic, master } = await cluster();
  serving(traffic);
  let asked = 0;
  let answer = () => {};
  const gate = new Promise<void>(resolve => {
    answer = resolve;
  });
  const counting: Bus = {
    ...bound(master),
    request: async (target, name, params, options) => {
      asked += 1;
      await gate;
      return master.request(target, name, params, options);
    },
  };
  const middleware = ecv({ client: counting, guard });
  const app = express();
  let came = 0;
  const all = new Promise<void>(resolve => {
    app.use((_req, _res, next) => {
      next();
      came += 1;
      if (came === 10) resolve();
    });
  });
  app.use(middleware);
  const { origin } = await serve(app);
  const probes = Array.from({ length: 10 }, () => fetch(`${origin}/ecv`));
  await all;
  answer();
  expect((await Promise.all(probes)).map(response => response.status)).toEqual(Array(10).fill(200));
  expect(asked).toBe(1);
});

test('a probe after a mark does not share a question from before it', async () => {
  const { traffic, master } = await cluster();
  serving(traffic);
  let release = () => {};
  let asked = () => {};
  const first = new Promise<void>(resolve => {
    asked = resolve;
  });
  const gates = [
    new Promise<void>(resolve => {
      release = resolve;
    }),
  ];
  const slow: Bus = {
    ...bound(master),
    request: async (target, name, params, options) => {
      const answer = await master.request(target, name, params, options);
      if (name === 'traffic.report') {
        asked();
        await gates.shift();
      }
      return answer;
    },
  };
  const ask = await monitorOf(slow);
  const before = ask('/ecv');
  await first;
  await ask('/ecv/markDown');
  expect((await ask('/ecv')).status).toBe(500);
  release();
  expect((await before).status).toBe(200);
});

test('the mark survives the master with a store', async () => {
  const path = join(await directory(), 'mark');
  const first = await cluster({ store: await MarkStore.open(path) });
  await first.outside.request('master', 'traffic.mark', { mark: 'down', by: 'Ada' });
  await first.close();
  const { stored } = await MarkStore.open(path);
  expect(new Traffic(stored).report()).toMatchObject({
    mark: 'down',
    reasons: expect.arrayContaining(['Marked down by Ada.']),
  });
});

describe('what a peer sends', () => {
  test.each([[undefined], [{}], [{ mark: 'sideways', by: 'x' }], [{ mark: 'up' }], [{ mark: 'up', by: 7 }]])(
    'as a mark is checked: %j',
    async params => {
      const { traffic, outside } = await cluster();
      await expect(outside.request('master', 'traffic.mark', params as never)).rejects.toThrow(/A mark is/);
      expect(traffic.report().mark).toBe('up');
    },
  );

  test('as a name is cut and cleaned', async () => {
    const { traffic, outside } = await cluster();
    serving(traffic);
    await outside.request('master', 'traffic.mark', { mark: 'down', by: `a\nb${'x'.repeat(1_000)}` });
    expect(traffic.report().reasons).toEqual([`Marked down by a b${'x'.repeat(197)}.`]);
  });
});

test('host() can be undone', async () => {
  const broker = await Broker.listen(join(await directory(), 'bus'));
  const master = broker.join();
  for (let i = 0; i < 2; i += 1) host(new Traffic(), master)();
  await broker.close();
});

/** A client's methods, for an object that replaces one of them. */
function bound(client: Bus): Bus {
  return { request: client.request.bind(client), handle: client.handle.bind(client), emit: client.emit.bind(client) };
}

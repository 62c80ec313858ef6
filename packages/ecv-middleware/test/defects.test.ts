import express from 'express';
import { expect, test } from 'vitest';
import { ecv, enable } from '../src/index.ts';
import { cluster, noCluster, serving } from './clusters.ts';
import { authorization, guard, serve } from './servers.ts';

test('defect: a query string made it 404', async () => {
  const { origin } = await serve(express().use(ecv({ client: noCluster(), guard })));
  expect((await fetch(`${origin}/ecv?from=lb`)).status).toBe(200);
  expect((await fetch(`${origin}/ecv/markDown?by=deploy`, { headers: { authorization } })).status).toBe(500);
  expect((await fetch(`${origin}/ecv?`)).status).toBe(500);
});

test('defect: 200 before any worker existed', async () => {
  const { traffic, master } = await cluster();
  const { origin } = await serve(express().use(ecv({ client: master, guard })));
  const status = async () => (await fetch(`${origin}/ecv`)).status;
  expect(await status()).toBe(500);
  traffic.workers(1, 2);
  expect(await status()).toBe(500);
  traffic.workers(2, 2);
  expect(await status()).toBe(500);
  traffic.serving();
  expect(await status()).toBe(200);
});

test("defect: the README's own relative monitor path always failed", async () => {
  const application = express().get('/myapplication/route1', (_req, res) => void res.send('hello'));
  const { port } = await serve(application);
  const { traffic, master } = await cluster();
  serving(traffic);
  traffic.listening({ port, protocol: 'http' });
  const seen: unknown[] = [];
  const { origin } = await serve(
    enable(express(), {
      mode: 'monitor',
      root: '/ecv',
      monitor: '/myapplication/route1',
      validator: (error, response, body) => {
        seen.push([error, response?.statusCode, body]);
        return true;
      },
      client: master,
      guard,
    }),
  );
  expect((await fetch(`${origin}/ecv`)).status).toBe(200);
  expect(seen).toEqual([[null, 200, 'hello']]);
});

import express from 'express';
import { expect, test } from 'vitest';
import { ecv } from '../src/index.ts';
import { cluster, serving } from './clusters.ts';
import { authorization, guard, serve } from './servers.ts';

// In a file, and so in a process, of its own: it is about the process's shared client before anything has used it.
test('mounted before listen(), it is about this process, and from then on about the cluster', async () => {
  const { origin } = await serve(express().use(ecv({ guard })));
  const status = async (path = '/ecv') => (await fetch(origin + path, { headers: { authorization } })).status;
  expect(await status()).toBe(200);
  expect(await status('/ecv/markDown')).toBe(500);
  expect(await status()).toBe(500);
  const { traffic } = await cluster();
  expect(await status()).toBe(500);
  serving(traffic);
  expect(await status()).toBe(200);
});

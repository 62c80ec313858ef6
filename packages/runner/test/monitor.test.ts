import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { inFront } from '../src/master/monitor.ts';

test('a route that fails is answered with 500, and why is a warning of the process', async () => {
  const server = createServer(inFront([(_req, _res, next) => next(new Error('it broke'))], () => expect.unreachable()));
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const warned = once(process, 'warning');
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect([answer.status, await answer.text()]).toEqual([500, 'The monitor failed to answer; its log says why.\n']);
  expect(await warned).toMatchObject([{ message: 'it broke' }]);
});

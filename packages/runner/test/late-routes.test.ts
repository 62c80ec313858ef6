import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test, vi } from 'vitest';
import { LateRoutes } from '../src/master/late-routes.ts';
import type { Routes } from '../src/master/routes.ts';

test('routes that could not be loaded are loaded by the next request', async () => {
  const broken = new Error('too many open files');
  const serve = vi.fn();
  const routes = { middlewares: [serve] } as unknown as Routes;
  const create = vi.fn<() => Promise<Routes>>().mockRejectedValueOnce(broken).mockResolvedValue(routes);
  const error = vi.fn();
  const late = new LateRoutes(create, { error });
  const ask = () =>
    new Promise(resolve => {
      serve.mockImplementation(() => resolve('served'));
      late.middleware({} as IncomingMessage, {} as ServerResponse, resolve);
    });

  expect(await ask()).toBe(broken);
  expect(error.mock.calls).toEqual([['the monitor has no routes', { err: broken }]]);
  expect([await ask(), await ask()]).toEqual(['served', 'served']);
  expect(create).toHaveBeenCalledTimes(2);
});

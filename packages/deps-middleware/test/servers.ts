import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuard, type Guard } from '@troupe/guard';
import connect from 'connect';
import express from 'express';
import { onTestFinished } from 'vitest';
import { type DepsMiddleware, type DepsOptions, deps } from '../src/index.ts';

/** Lets the test in, whatever user runs it. */
export const OPEN: Guard = {
  authorize: (_req, access) => ({ allowed: true, who: 'test', access }),
  level: () => 'debug',
  audit: () => undefined,
};
export const CLOSED: Guard = createGuard({ trustLoopback: false, token: 'a-token-of-the-test' });

export type Mount = (middleware: DepsMiddleware, path?: string) => RequestListener;
export const MOUNTS: Record<'Express' | 'Connect', Mount> = {
  Express: (middleware, path = '/') => express().use(path, middleware),
  Connect: (middleware, path = '/') => connect().use(path, middleware),
};

/** @returns a function that gets a path of the served application */
export async function serve(options: DepsOptions, mount: Mount = MOUNTS.Express, path?: string) {
  const middleware = deps({ guard: OPEN, ...options });
  const server = createServer(mount(middleware, path));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await middleware.close();
  });
  const { port } = server.address() as AddressInfo;
  return (url: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${url}`, { redirect: 'manual', ...init });
}

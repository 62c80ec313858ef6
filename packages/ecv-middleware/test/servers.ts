import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGuard } from '@troupe/guard';
import { onTestFinished } from 'vitest';

/** A guard that knows nobody but who has the token, so that it is the same on every machine. */
export const guard = createGuard({ token: 'secret', trustLoopback: false, audit: () => {} });
export const authorization = 'Bearer secret';

/** Listens on a free port of loopback until the test is over. */
export async function listen(
  server: NetServer,
  where: { path: string } | { port: number } = { port: 0 },
): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', ...where }, () => resolve());
  });
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server) (server as Server).closeAllConnections();
  });
  return server.address() as AddressInfo;
}

export async function serve(listener: RequestListener): Promise<{ port: number; origin: string }> {
  const { port } = await listen(createServer(listener));
  return { port, origin: `http://127.0.0.1:${port}` };
}

/** A directory of its own for a test. */
export async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-ecv-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** The body of an answer in JSON. */
export interface Body {
  since: string;
  time: string;
  reasons: string[];
}

export async function bodyOf(response: Response): Promise<Body> {
  return (await response.json()) as Body;
}

/** Warnings of this process while the test runs. */
export function warnings(): Error[] {
  const seen: Error[] = [];
  const see = (warning: Error) => void seen.push(warning);
  process.on('warning', see);
  onTestFinished(() => void process.off('warning', see));
  return seen;
}

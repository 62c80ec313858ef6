import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type AuditEntry, createGuard } from '@troupe/guard';
import { io, type Socket } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import type { PageEvents, ServerEvents } from '../src/view.ts';

export const audited: AuditEntry[] = [];
/** A guard that knows nobody but who has the token, so that it is the same on every machine. */
export const guard = createGuard({
  token: 'secret',
  trustLoopback: false,
  production: false,
  audit: entry => void audited.push(entry),
});
export const headers = { authorization: 'Bearer secret' };

/** Listens on a free port of loopback until the test is over. */
export async function serve(listener: RequestListener): Promise<{ server: Server; origin: string; port: number }> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { server, port, origin: `http://127.0.0.1:${port}` };
}

export type PageSocket = Socket<ServerEvents, PageEvents>;

/** What a page does to be live; whoever has opened it has asked for the page before. */
export function open(origin: string, path: string, extraHeaders: Record<string, string> = headers): PageSocket {
  const options = { path, extraHeaders, transports: ['websocket'], reconnection: false, forceNew: true };
  const socket: PageSocket = io(origin, options);
  onTestFinished(() => void socket.close());
  return socket;
}

/** Resolves with the arguments of the next event. */
export function next<E extends keyof ServerEvents>(socket: PageSocket, event: E): Promise<Parameters<ServerEvents[E]>> {
  return new Promise((resolve, reject) => {
    socket.once('connect_error', reject);
    socket.once(event, ((...args: Parameters<ServerEvents[E]>) => resolve(args)) as never);
  });
}

/** Offers to upgrade one request, and returns all that comes back. */
export function offerUpgrade(port: number, path: string, protocol = 'websocket', extra = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(
        `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n${extra}\r\n`,
      ),
    );
    socket.on('data', chunk => {
      answer += chunk;
      if (/^HTTP\/1.1 101/.test(answer)) socket.end();
    });
    socket.on('error', reject).on('close', () => resolve(answer));
  });
}

import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server on a free port of loopback, gone when the test is. */
export async function serve(
  listener: RequestListener,
  server: Server = createServer(),
): Promise<{ server: Server; port: number; origin: string }> {
  server.on('request', listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { server, port, origin: `http://127.0.0.1:${port}` };
}

/** Sends bytes as they are and returns all that comes back. */
export function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket
      .on('data', chunk => {
        answer += chunk;
      })
      .on('error', reject)
      .on('close', () => resolve(answer));
  });
}

import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { type AddressInfo, connect, Server } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ConnectionHandle } from '../src/accept/line.ts';
import { handleOf, Listener } from '../src/accept/listener.ts';
import type { ListenQuery } from '../src/accept/messages.ts';

function listen(query: Partial<ListenQuery>) {
  const arrived: ConnectionHandle[] = [];
  const whole = { address: '127.0.0.1', port: 0, addressType: 4, index: 0, ...query };
  const failed = vi.fn();
  const listener = new Listener(whole, connection => arrived.push(connection), failed);
  onTestFinished(() => listener.close());
  return { listener, arrived, failed };
}

test('connections arrive as handles, and no socket is made of them', async () => {
  const { listener, arrived } = listen({});
  expect(await listener.ready).toBe(0);
  const { port } = listener.sockname as AddressInfo;
  const client = connect(port, '127.0.0.1');
  await once(client, 'connect');
  await vi.waitUntil(() => arrived.length === 1);
  arrived[0]?.close();
  await once(client.resume(), 'close');
});

test('a connection that could not be accepted is told of', async () => {
  const asked = vi.spyOn(Server.prototype, 'listen');
  onTestFinished(() => asked.mockRestore());
  const { listener, arrived, failed } = listen({});
  expect(await listener.ready).toBe(0);
  const [server] = asked.mock.contexts as [Server];
  handleOf(server)?.onconnection(-constants.errno.ENFILE, undefined);
  expect(failed.mock.calls).toEqual([['it could not be accepted (ENFILE)']]);
  expect(arrived).toEqual([]);
});

test.each<[Partial<ListenQuery>, object]>([
  [{ backlog: 7 }, { port: 0, host: '127.0.0.1', backlog: 7, ipv6Only: false }],
  [
    { address: '::1', flags: 1 },
    { port: 0, host: '::1', ipv6Only: true },
  ],
  [{ address: null }, { port: 0, ipv6Only: false }],
  [{ fd: 7, address: null, port: -1 }, { fd: 7 }],
])('%o is listened at with %o', async (query, options) => {
  const asked = vi.spyOn(Server.prototype, 'listen').mockReturnThis();
  onTestFinished(() => asked.mockRestore());
  listen(query);
  expect(asked).toHaveBeenCalledExactlyOnceWith({ backlog: undefined, ...options }, expect.any(Function));
});

test('a Unix socket is there with the rights that were asked for, and goes with the listener', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-listener-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'socket');
  const { listener, arrived } = listen({
    address: path,
    port: -1,
    addressType: -1,
    readableAll: true,
    writableAll: true,
  });
  expect(await listener.ready).toBe(0);
  expect((await stat(path)).mode & 0o666).toBe(0o666);
  const client = connect(path);
  await vi.waitUntil(() => arrived.length === 1);
  arrived[0]?.close();
  await once(client.resume(), 'close');
  listener.close();
  await expect(stat(path)).rejects.toThrow('ENOENT');
});

test('a descriptor that is no socket is an error of the worker that asked for it', async () => {
  const fd = openSync('/dev/null', 'r');
  onTestFinished(() => closeSync(fd));
  const { listener } = listen({ fd, address: null, port: -1 });
  expect(await listener.ready).toBe(-constants.errno.EINVAL);
});

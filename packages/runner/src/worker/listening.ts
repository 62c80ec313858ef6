import { once } from 'node:events';
import type { AddressInfo, ListenOptions, Server } from 'node:net';
import type { Address } from '@troupe/ipc';
import { protocolOf } from './protocol-of.ts';

/** Resolves when the server listens; rejects with what kept it from it. */
export async function listening(server: Server, where: ListenOptions): Promise<void> {
  server.listen(where);
  await once(server, 'listening');
}

/**
 * Listens on the application's address. Workers that ask for port 0 get the same one for as long as any of them listens;
 * after that the next gets another one, and goes back to the `known` port, the one that clients were told.
 */
export async function listenWithSiblings(
  server: Server,
  where: ListenOptions,
  known: number | undefined,
): Promise<void> {
  await listening(server, where);
  if (known === undefined || addressOf(server).port === known) return;
  await new Promise(resolve => server.close(resolve));
  await listening(server, { ...where, port: known });
}

export function addressOf(server: Server): Address {
  const protocol = protocolOf(server);
  const address = server.address();
  if (address === null) throw new Error('a server that does not listen has no address');
  return typeof address === 'string'
    ? { path: address, protocol }
    : { port: address.port, host: address.address, protocol };
}

/** The options of `server.listen` for an option `port`, which may be the path of a Unix socket. */
export function listenOptions(port: number | string, host: string | undefined): ListenOptions {
  if (typeof port === 'string') return { path: port };
  return host === undefined ? { port } : { port, host };
}

export const isAddressInfo = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null;

import { once } from 'node:events';
import type { AddressInfo, ListenOptions, Server } from 'node:net';
import type { Address } from '@troupe/ipc';
import { protocolOf } from './protocol-of.ts';

/** Resolves when the server listens; rejects with what kept it from it. */
export async function listening(server: Server, where: ListenOptions): Promise<void> {
  server.listen(where);
  await once(server, 'listening');
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

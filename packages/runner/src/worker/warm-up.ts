import type { AddressInfo, Server } from 'node:net';
import { RunnerError } from '../errors.ts';
import type { Connections } from './connections.ts';
import { isAddressInfo, listening } from './listening.ts';

/** How many ports a given `warmUpPort` opens up, for each worker: itself, its successor, and one that still leaves. */
export const WARM_UP_PORTS_PER_WORKER = 3;

/**
 * Listens on an address that belongs to this worker alone, so that no warm-up request can reach another one: an
 * ephemeral loopback port, or the first free one of a given range.
 */
export async function listenForWarmUp(
  server: Server,
  range: { base: number; size: number; first: number },
): Promise<AddressInfo> {
  const candidates =
    range.base === 0
      ? [0]
      : Array.from({ length: range.size }, (_, n) => range.base + ((range.first + n) % range.size));
  for (const port of candidates) {
    try {
      await listening(server, { port, host: '127.0.0.1', exclusive: true });
      const address = server.address();
      if (isAddressInfo(address)) return address;
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
  }
  throw new RunnerError(
    'TROUPE_ERR_ADDRESS_IN_USE',
    `no port is free for warm-up: ${range.base} to ${range.base + range.size - 1} (warmUpPort, 3 for each worker) are all in use`,
  );
}

/** Closes the warm-up listener and every connection that warming up has left open. */
export async function closeWarmUp(server: Server, connections: Connections): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close(error => (error ? reject(error) : resolve()));
  });
  connections.destroyAll();
  await closed;
}

const isBusy = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

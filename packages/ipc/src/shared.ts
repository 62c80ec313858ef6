import cluster from 'node:cluster';
import { BusClient } from './bus-client.ts';
import type { Client } from './client.ts';
import { type Role, SOCKET_VARIABLE } from './protocol.ts';
import { SocketLink } from './socket-link.ts';

let shared: BusClient | undefined;
const byPath = new Map<string, BusClient>();

/** The process's own client. A cluster worker joins its master's bus by itself; a primary stays local until told. */
export function sharedClient(): BusClient {
  if (shared === undefined) {
    shared = new BusClient();
    if (cluster.isWorker) joinInherited(shared);
  }
  return shared;
}

/**
 * Without a path: the process's shared client. It joins the bus whose socket is in `TROUPE_SOCKET`; a process that has
 * become a master itself (`broker.join()`) keeps its own bus.
 * With a path: a client for that socket, the same one for each call. It connects by itself, and again when the connection
 * breaks.
 * @param options.role @default 'worker' in a worker of node:cluster, otherwise 'monitor'
 */
export function connect(path?: string, options: { role?: Role } = {}): Client {
  const role = options.role ?? ownRole();
  if (path === undefined) {
    const client = sharedClient();
    if (client.state === 'local' || client.state === 'closed') joinInherited(client, role);
    return client;
  }
  const known = byPath.get(path);
  if (known !== undefined && known.state !== 'closed') return known;
  const link = SocketLink.to(path, role);
  const client = new BusClient();
  byPath.set(path, client);
  client.attach(link);
  return client;
}

function joinInherited(client: BusClient, role = ownRole()): void {
  const path = process.env[SOCKET_VARIABLE];
  if (path) client.attach(SocketLink.to(path, role));
}

function ownRole(): Role {
  return cluster.isWorker ? 'worker' : 'monitor';
}

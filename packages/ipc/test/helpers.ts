import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Broker, type BrokerOptions } from '../src/broker.ts';
import { BusClient } from '../src/bus-client.ts';
import type { Role } from '../src/protocol.ts';
import type { ReconnectingSocketOptions } from '../src/reconnecting-socket.ts';
import { SocketLink } from '../src/socket-link.ts';

/** A directory of its own, removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-ipc-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

export async function startBroker(options?: BrokerOptions): Promise<Broker> {
  const broker = await Broker.listen(join(await temporaryDirectory(), 'bus'), options);
  onTestFinished(() => broker.close());
  return broker;
}

/** A client with a connection of its own; several in one process have the same pid, as with pid namespaces. */
export function newClient(path: string, role: Role = 'worker', options?: ReconnectingSocketOptions): BusClient {
  const client = new BusClient();
  client.attach(SocketLink.to(path, role, options));
  onTestFinished(() => client.close());
  return client;
}

export async function readyClient(
  path: string,
  role: Role = 'worker',
  options?: ReconnectingSocketOptions,
): Promise<BusClient> {
  const client = newClient(path, role, options);
  await client.ready();
  return client;
}

/** Resolves with the arguments of the next call; rejects when none comes in time. */
export function nextCall<Args extends unknown[]>(
  subscribe: (listener: (...args: Args) => void) => () => void,
  what: string,
  ms = 5_000,
): Promise<Args> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`${what} did not happen within ${ms} ms`));
    }, ms);
    const stop = subscribe((...args) => {
      clearTimeout(timer);
      stop();
      resolve(args);
    });
  });
}

/** The arguments of the next event of this name that reaches the client. */
export async function nextEvent(client: BusClient, name: string): Promise<unknown[]> {
  const [args] = await nextCall<[unknown[], number]>(listener => client.onEvent(name, listener), `event '${name}'`);
  return args;
}

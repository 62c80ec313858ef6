import { type Client, connect, createEmitter, type Emitter } from '@troupe/ipc';
import { onTestFinished } from 'vitest';
import type { Line } from './cluster.ts';

/** Joins the bus of a cluster as a monitor process does; `up` is what its master said. Left when the test finishes. */
export async function joinBus(up: Line): Promise<{ client: Client; emitter: Emitter }> {
  const client = connect(String(up.socket));
  onTestFinished(() => client.close());
  await client.ready();
  return { client, emitter: createEmitter(client) };
}

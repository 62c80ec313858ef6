import { join } from 'node:path';
import { Broker, type Client, connect } from '@troupe/ipc';
import { onTestFinished } from 'vitest';
import { host, type MarkStore, Traffic, type TrafficOptions } from '../src/index.ts';
import { directory } from './servers.ts';

/** A master with nothing but its truth, and a client that reaches it over the socket like any other process. */
export async function cluster(options: TrafficOptions & { store?: MarkStore } = {}) {
  const broker = await Broker.listen(join(await directory(), 'bus'));
  const master = broker.join();
  const traffic = new Traffic(options);
  const stop = host(traffic, master, options.store);
  const outside = connect(broker.path, { role: 'monitor' });
  await outside.ready();
  const close = async () => {
    stop();
    await outside.close();
    await broker.close();
  };
  onTestFinished(close);
  return { broker, master, traffic, outside, close };
}

/** Of one worker, ready. */
export function serving(traffic: Traffic): void {
  traffic.workers(1, 1);
  traffic.serving();
}

/** A place on the bus of a process that belongs to no cluster. */
export function noCluster(): Pick<Client, 'request' | 'handle' | 'emit'> & { events: string[] } {
  const events: string[] = [];
  return {
    events,
    request: () => Promise.reject(Object.assign(new Error('no cluster'), { code: 'TROUPE_ERR_IPC_NO_CLUSTER' })),
    handle: () => () => {},
    emit: (_targets, event) => events.push(event) > 0,
  };
}

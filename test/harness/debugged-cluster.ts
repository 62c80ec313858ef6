import type { DebugLease } from '@troupe/ipc';
import { joinBus } from './bus.ts';
import { Cluster, type Launch } from './cluster.ts';
import { within } from './deadline.ts';

/** Two workers of fixtures/debuggee.ts, a client of their bus, and where the first one is debugged. */
export async function debuggedCluster(...args: string[]) {
  return launchDebugged({ args });
}

/** The same of another script. */
export async function launchDebugged(launch: Launch, script = 'debuggee') {
  const cluster = await Cluster.start(script, launch);
  const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening')]);
  const { client: bus } = await joinBus(up);
  const workers = () => bus.request('master', 'workers.list', undefined);
  const [{ pid = 0 } = {}] = await workers();
  const debug = `http://127.0.0.1:${up.port}/debug`;
  /** The same by `debug.webPort`. */
  const webDebug = async () => {
    const { debugPort } = await cluster.logged(/^debugger listens on 127\.0\.0\.1:/);
    return `http://127.0.0.1:${debugPort}/debug`;
  };

  /** Resolves when so many debuggers are connected to the first lease. */
  const sessions = (count: number): Promise<void> => {
    const heard = new Promise<void>(resolve => {
      const look = (leases: readonly DebugLease[]) => {
        if (leases[0]?.sessions !== count) return;
        stop();
        resolve();
      };
      const stop = bus.onEvent('debug-leases', ([leases]) => look(leases as DebugLease[]));
      void bus.request('master', 'debug.leases', undefined).then(look);
    });
    return within(heard, `${count} sessions`);
  };
  /** Resolves when the other workers have been heard so often. */
  const beats = (count: number, deadline?: number): Promise<void> => {
    const heard = new Promise<void>(resolve => {
      let left = count;
      const stop = bus.onEvent('heartbeat', () => {
        left -= 1;
        if (left > 0) return;
        stop();
        resolve();
      });
    });
    return within(heard, `${count} heartbeats`, deadline);
  };
  return {
    cluster,
    bus,
    workers,
    sessions,
    beats,
    pid,
    port: Number(port),
    debug,
    webDebug,
    url: `${debug}/workers/${pid}`,
  };
}

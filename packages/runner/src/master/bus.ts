import { Broker, type Client, createRunDirectory, SOCKET_VARIABLE } from '@troupe/ipc';
import type { Closers } from './closers.ts';

/** The cluster's bus: its broker lives in the master, whose own client goes over no socket. */
export interface Bus {
  client: Client;
  /** The path of its socket. */
  socket: string;
  /** The path of another one in the same private directory. */
  socketFor(name: string): string;
  /** Removes what other masters left that died without. */
  sweep(): Promise<void>;
}

export async function openBus(closers: Closers): Promise<Bus> {
  // A master that was itself started inside a cluster has one of its own from here on.
  delete process.env[SOCKET_VARIABLE];
  const directory = await createRunDirectory();
  closers.add(() => directory.remove());
  const broker = await Broker.listen(directory.socket('bus'));
  closers.add(() => broker.close());
  return {
    client: broker.join(),
    socket: broker.path,
    socketFor: name => directory.socket(name),
    sweep: () => directory.sweep(),
  };
}

import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type ListenOptions } from 'node:net';
import { RunnerError } from '../errors.ts';
import { listenOptions } from '../worker/listening.ts';
import { findHolder } from './address-holder.ts';

/**
 * Finds out before anything is forked whether the application's address can be had, and takes the socket file of a dead
 * cluster out of the way.
 *
 * @throws RunnerError `TROUPE_ERR_ADDRESS_IN_USE`, with the holder's pid if the system tells
 */
export async function checkAddress(option: string, port: number | string, host: string | undefined): Promise<void> {
  if (port === 0) return;
  if (typeof port === 'string') await removeStaleSocket(port);
  const probe = createServer();
  try {
    probe.listen({ ...listenOptions(port, host), exclusive: true } as ListenOptions);
    await once(probe, 'listening');
    await new Promise(resolve => probe.close(resolve));
  } catch (error) {
    throw await explainBusy(error, option, port);
  }
}

/** The error of a `listen` call as a person can use it; errors other than EADDRINUSE are what they are. */
export async function explainBusy(error: unknown, option: string, port: number | string): Promise<unknown> {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') return error;
  const holder = await findHolder(typeof port === 'string' ? { path: port } : { port });
  const by = holder === undefined ? 'another process' : `process ${holder}`;
  const message = `${option} ${port} is in use by ${by}; stop it, or choose another ${option}`;
  return new RunnerError('TROUPE_ERR_ADDRESS_IN_USE', message, { cause: error });
}

/** A socket file that nobody listens behind is what a killed cluster left; one that answers is left alone. */
async function removeStaleSocket(path: string): Promise<void> {
  const file = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file?.isSocket()) return;
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') await unlink(path);
  } finally {
    socket.destroy();
  }
}

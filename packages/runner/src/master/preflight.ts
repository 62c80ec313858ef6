import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type ListenOptions } from 'node:net';
import { dirname, resolve } from 'node:path';
import { RunnerError } from '../errors.ts';
import { listenOptions } from '../worker/listening.ts';
import { findHolder } from './address-holder.ts';

/**
 * Finds out before anything is forked whether the application's address can be had, and takes the socket file of a dead
 * cluster out of the way.
 *
 * @throws RunnerError `TROUPE_ERR_ADDRESS_IN_USE`, with the holder's pid if the system tells; or `TROUPE_ERR_ADDRESS_UNAVAILABLE`
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
    throw await explainAddress(error, option, { port, host });
  }
}

/** The error of a `listen` call as a person can use it: with the option, what was given, and what to do. */
export async function explainAddress(error: unknown, option: string, { port, host }: Asked): Promise<unknown> {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EADDRINUSE') {
    const holder = await findHolder(typeof port === 'string' ? { path: port } : { port });
    const by = holder === undefined ? 'another process' : `process ${holder}`;
    const message = `${option} ${port} is in use by ${by}; stop it, or choose another ${option}`;
    return new RunnerError('TROUPE_ERR_ADDRESS_IN_USE', message, { cause: error });
  }
  const why = typeof port === 'string' ? whyNoSocket(error.code, port) : whyNoPort(error.code, port, host);
  if (why === undefined) return error;
  const message = `${option} ${port} cannot be listened on (${error.code}): ${why}`;
  return new RunnerError('TROUPE_ERR_ADDRESS_UNAVAILABLE', message, { cause: error });
}

/** An address as the options say it. */
interface Asked {
  port: number | string;
  host?: string | undefined;
}

function whyNoPort(code: unknown, port: number, host: string | undefined): string | undefined {
  switch (code) {
    case 'EACCES':
      return `this user may not take port ${port}; choose one from 1024 on, or grant CAP_NET_BIND_SERVICE`;
    case 'EADDRNOTAVAIL':
      return `${host} is no address of this machine; choose one that is, or leave it out to listen on all`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name ${host} is not known; choose another one, or leave it out to listen on all addresses`;
    default:
      return undefined;
  }
}

/** libuv says EACCES for a directory that is not there, too. */
function whyNoSocket(code: unknown, path: string): string | undefined {
  if (code !== 'EACCES' && code !== 'ENOENT') return undefined;
  const directory = dirname(resolve(path));
  return existsSync(directory)
    ? `this user may not create a file in ${directory}`
    : `there is no directory ${directory}; create it, or choose another path`;
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

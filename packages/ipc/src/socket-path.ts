import { chmodSync } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { badArgument, pathTooLong, socketInUse } from './errors.ts';

/** `sizeof(sun_path)` less the final zero: 104 on the BSDs and macOS, 108 on Linux. Named pipes have no such limit. */
const MOST_BYTES = process.platform === 'win32' ? 256 : process.platform === 'linux' ? 107 : 103;

/** @throws TROUPE_ERR_IPC_PATH_TOO_LONG, since the system's own error does not say so */
export function checkSocketPath(path: string): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw badArgument('The path of the socket must be a string that is not empty.');
  const bytes = Buffer.byteLength(path);
  if (bytes > MOST_BYTES) throw pathTooLong(path, bytes, MOST_BYTES);
}

/** Whether anybody listens on a path. Only a refused connection proves that nobody does. */
export function isDead(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path);
    const answer = (dead: boolean) => {
      socket.destroy();
      resolve(dead);
    };
    socket.once('connect', () => answer(false));
    socket.once('error', (problem: NodeJS.ErrnoException) => {
      answer(problem.code === 'ECONNREFUSED' || problem.code === 'ENOENT');
    });
  });
}

/** Makes the server listen on the path, for this user only; replaces what a dead process left there. */
export async function claimSocket(server: Server, path: string): Promise<void> {
  checkSocketPath(path);
  try {
    await listen(server, path);
  } catch (problem) {
    if (codeOf(problem) !== 'EADDRINUSE') throw problem;
    if (!(await isDead(path))) throw socketInUse(path);
    await removeSocket(path);
    await listen(server, path);
  }
  // Every start waits for this, and the detour over a thread takes longer than the call.
  if (process.platform !== 'win32') chmodSync(path, 0o600);
}

async function removeSocket(path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isSocket()) throw badArgument(`${path} is no socket; it was left alone.`);
    await unlink(path);
  } catch (problem) {
    if (codeOf(problem) !== 'ENOENT') throw problem;
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // `exclusive`: a broker in a cluster worker listens itself instead of asking the primary to.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

export function codeOf(problem: unknown): unknown {
  return problem instanceof Error && 'code' in problem ? problem.code : undefined;
}

import { type Client, connect, findClusters, isDead, SOCKET_VARIABLE } from '@troupe/ipc';
import { RunnerError } from '../errors.ts';

/** How long a cluster may take to let the command in, ms. */
const CONNECT_TIMEOUT = 5_000;

/**
 * Joins the bus of a cluster: at `socket`, at TROUPE_SOCKET, or the only one of this user.
 * @throws TROUPE_ERR_NO_CLUSTER when there is none, several, or it does not answer
 */
export async function findCluster(socket: string | undefined): Promise<Client> {
  const path = socket ?? process.env[SOCKET_VARIABLE] ?? (await onlyOne());
  if (await isDead(path)) throw new RunnerError('TROUPE_ERR_NO_CLUSTER', `no cluster listens at ${path}`);
  const client = connect(path, { role: 'monitor' });
  try {
    await client.request('master', 'workers.list', undefined, { timeout: CONNECT_TIMEOUT });
    return client;
  } catch (error) {
    await client.close();
    throw new RunnerError('TROUPE_ERR_NO_CLUSTER', `no cluster answers at ${path}`, { cause: error });
  }
}

async function onlyOne(): Promise<string> {
  const [socket, ...others] = await findClusters();
  if (socket === undefined) {
    throw new RunnerError('TROUPE_ERR_NO_CLUSTER', 'no cluster of this user is running; name one with --socket <path>');
  }
  if (others.length === 0) return socket;
  const list = [socket, ...others].map(path => `\n  --socket ${path}`).join('');
  throw new RunnerError('TROUPE_ERR_NO_CLUSTER', `several clusters of this user are running; choose one:${list}`);
}

/**
 * The accept path rests on what Node keeps to itself. This holds it against every version of Node that is supported; npm
 * fetches those that are not here yet. All integration tests run on another version with TROUPE_TEST_NODE.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { constants } from 'node:os';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { Cluster, type Line } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';
import { askOnce, NewConnections } from './harness/new-connections.ts';
import { NODE_VERSIONS, nodeOf } from './harness/nodes.ts';

beforeAll(async () => {
  await Promise.all(NODE_VERSIONS.map(nodeOf));
}, 180_000);

const FELL_BACK = /round-robin/;
const fallBacks = (cluster: Cluster) => cluster.lines.filter(({ msg }) => FELL_BACK.test(String(msg)));

async function stop(cluster: Cluster): Promise<void> {
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
}

async function greeting(port: unknown, host = '127.0.0.1'): Promise<string> {
  const socket = connect(Number(port), host);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

/** Asks until each of so many workers has answered. */
async function workersAt(port: number, count: number): Promise<string[]> {
  const load = new NewConnections(port, 2);
  const all = async () => {
    while (load.answers.size < count) await load.more(1);
  };
  await within(all(), `answers of ${count} workers`);
  expect((await load.stop()).failed).toEqual([]);
  return [...load.answers.keys()];
}

test.each(NODE_VERSIONS)('Node %s: workers share, and one that is killed takes nothing along', async version => {
  const cluster = await Cluster.start('accept', { node: await nodeOf(version), env: { WORKERS: '2' } });
  const [{ port }] = await Promise.all([cluster.event('listening', 2), cluster.event('up')]);
  const [victim, other] = await workersAt(Number(port), 2);
  process.kill(Number(victim), 'SIGSTOP');
  const answers = Array.from({ length: 20 }, () => askOnce(Number(port)));
  // By now the stopped worker has one of them on its way.
  expect(await Promise.race(answers)).toEqual({ pid: other });
  process.kill(Number(victim), 'SIGKILL');
  const failed = (await Promise.all(answers)).filter(answer => !('pid' in answer));
  expect(failed).toEqual([]);
  await cluster.event('listening', 3);
  expect(await workersAt(Number(port), 2)).not.toContain(victim);
  expect(fallBacks(cluster)).toEqual([]);
  await stop(cluster);
});

test.each(NODE_VERSIONS)('Node %s: servers of workers are as under node:cluster', async version => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  onTestFinished(() => void blocker.close());
  const { port: taken } = blocker.address() as AddressInfo;
  const cluster = await Cluster.start('accept-servers', {
    node: await nodeOf(version),
    env: { TAKEN: String(taken) },
  });
  await cluster.event('up');
  const [one = {}, two = {}] = cluster.events('servers') as Record<string, unknown>[];
  const pids = [one.pid, two.pid].sort();
  const addressInUse = { code: 'EADDRINUSE', errno: -constants.errno.EADDRINUSE, syscall: 'bind' };
  for (const servers of [one, two]) {
    expect(servers).toMatchObject({ again: addressInUse, same: addressInUse, state: 'listening' });
    expect(new Set([servers.first, servers.second, servers.exclusive, servers.closed]).size).toBe(4);
    expect(await greeting(servers.exclusive)).toBe(`exclusive of ${servers.pid}`);
    await expect(greeting(servers.closed)).rejects.toThrow('ECONNREFUSED');
  }
  expect(one.exclusive).not.toBe(two.exclusive);
  const shared = ({ first, second, six, udp }: Record<string, unknown>) => [first, second, six, udp];
  expect(shared(one)).toEqual(shared(two));
  for (const name of ['first', 'second']) {
    const greetings = [await greeting(one[name]), await greeting(one[name])];
    expect(greetings.sort()).toEqual(pids.map(pid => `${name} of ${pid}`));
    // Another server may have the same port in IPv6.
    const isIt = ({ port, addressType }: Line) => port === one[name] && addressType === 4;
    const told = cluster.events('cluster-listening').filter(isIt);
    expect(told.map(({ worker }) => worker).sort()).toEqual(pids);
  }
  expect(one.six).toMatchObject({ address: '::', family: 'IPv6', port: expect.any(Number) });
  const { port: six } = one.six as AddressInfo;
  expect(await greeting(six, '::1')).toMatch(/^six of /);
  await expect(greeting(six)).rejects.toThrow('ECONNREFUSED');
  const udp = createSocket('udp4');
  udp.send('who?', Number(one.udp), '127.0.0.1');
  const [answer] = await within(once(udp, 'message'), 'an answer by UDP');
  udp.close();
  expect(pids.map(String)).toContain(String(answer));
  expect(fallBacks(cluster)).toEqual([]);
  await stop(cluster);
});

test.each(['master', 'worker'])(
  'where the %s finds another inside of Node, round-robin stays, and the log says so',
  async where => {
    const cluster = await Cluster.start('accept-fall-back', { env: { WHERE: where } });
    const [{ port }] = await Promise.all([cluster.event('listening', 2), cluster.event('up')]);
    const pids = await workersAt(Number(port), 2);
    expect(fallBacks(cluster)).toHaveLength(where === 'master' ? 1 : 2);
    // With no worker left, Node closes the port; those that come go back to it.
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    await cluster.event('listening', 4);
    expect(await workersAt(Number(port), 2)).toHaveLength(2);
    await stop(cluster);
  },
);

import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { constants } from 'node:os';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { AcceptMaster } from '../src/accept/accept-master.ts';
import type { ListenQuery } from '../src/accept/messages.ts';
import { FakeConnection, FakeWorker } from './accept-world.ts';

const LOOPBACK: ListenQuery = { address: '127.0.0.1', port: 0, addressType: 4, index: 0 };

afterEach(() => void vi.useRealTimers());

function start() {
  const fallsBack = vi.fn();
  const master = new AcceptMaster(5_000, () => {}, fallsBack);
  const workers: FakeWorker[] = [];
  onTestFinished(async () => {
    for (const worker of workers) worker.receiveAll();
    await master.close();
  });
  const fork = (id: number) => {
    const worker = new FakeWorker(id);
    workers.push(worker);
    master.adopt(worker.asWorker);
    return worker;
  };
  return { master, fork, fallsBack };
}

let asked = 0;
async function listen(worker: FakeWorker, query: Partial<ListenQuery> = {}) {
  const seq = asked++;
  worker.say({ act: 'listen', seq, query: { ...LOOPBACK, ...query } });
  await vi.waitUntil(() =>
    worker.process.sent.some(({ message }) => message.act === 'listening' && message.seq === seq),
  );
  const { key, errno, sockname, data } = worker.last('listening');
  return { key, errno, port: (sockname as AddressInfo | undefined)?.port ?? 0, data };
}

async function arrival(worker: FakeWorker, port: number): Promise<void> {
  const before = worker.handOvers;
  const client = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void client.destroy());
  await once(client, 'connect');
  await vi.waitUntil(() => worker.handOvers > before);
}

const isRefused = async (port: number) => {
  const client = connect(port, '127.0.0.1');
  const outcome = await once(client, 'connect').then(
    () => 'connected',
    (error: NodeJS.ErrnoException) => error.code,
  );
  client.destroy();
  return outcome === 'ECONNREFUSED';
};

test('workers that ask for the same address share a port and the data of the first, and are handed its connections', async () => {
  const { fork } = start();
  const [one, two] = [fork(1), fork(2)];
  const first = await listen(one, { data: 'ticket keys' });
  const second = await listen(two, { data: 'other keys' });
  expect(first.port).toBeGreaterThan(0);
  expect(second).toEqual(first);
  expect(second.data).toBe('ticket keys');
  await arrival(one, first.port);
  expect(one.last('connection')).toMatchObject({ key: first.key });
  one.receive();
});

test('port 0 gives each server of a worker another port, and a port that it has itself is taken', async () => {
  const { fork } = start();
  const worker = fork(1);
  const [first, second] = [await listen(worker), await listen(worker, { index: 1 })];
  expect(second.port).not.toBe(first.port);
  expect(await listen(worker)).toMatchObject({ errno: -constants.errno.EADDRINUSE });
});

test('a port that another process has is said to be taken, and can be asked for again', async () => {
  const { fork } = start();
  const worker = fork(1);
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as AddressInfo;
  expect(await listen(worker, { port })).toMatchObject({ errno: -constants.errno.EADDRINUSE });
  blocker.close();
  await once(blocker, 'close');
  expect(await listen(worker, { port })).toMatchObject({ errno: 0, port });
});

test.each(['disconnect', 'exit'] as const)('what a worker had not received at its %s goes to another', async end => {
  const { fork } = start();
  const [one, two] = [fork(1), fork(2)];
  const { port } = await listen(one);
  await listen(two);
  await arrival(one, port);
  one[end]();
  await vi.waitUntil(() => two.handOvers === 1);
});

test('a receipt that arrives between the exit of a worker and the end of its channel is heeded', async () => {
  const { fork } = start();
  const [one, two] = [fork(1), fork(2)];
  const { port } = await listen(one);
  await listen(two);
  await arrival(one, port);
  one.exit();
  one.receive();
  one.disconnect();
  await new Promise(resolve => setImmediate(resolve));
  expect(two.handOvers).toBe(0);
});

test('a withdrawn worker gets nothing more once it has answered the fence, and is given what waits when it is back', async () => {
  const { master, fork } = start();
  const worker = fork(1);
  const { port } = await listen(worker);
  let isOut = false;
  const out = master.withdraw(1).then(() => {
    isOut = true;
  });
  await Promise.resolve();
  expect(isOut).toBe(false);
  worker.say({ act: 'fenced', seq: worker.last('fence').seq });
  await out;
  const client = connect(port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  await once(client, 'connect');
  expect(worker.handOvers).toBe(0);
  // The client may be connected before the master has been told.
  await vi.waitUntil(() => {
    master.readmit(1);
    return worker.handOvers === 1;
  });
  worker.receive();
});

test('a fence is not waited for where the worker dies or does not answer', async () => {
  const { master, fork } = start();
  const [mortal] = [fork(1), fork(2)];
  const out = master.withdraw(1);
  mortal.disconnect();
  await out;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const silent = master.withdraw(2);
  vi.advanceTimersByTime(1_000);
  await silent;
  expect(vi.getTimerCount()).toBe(0);
  await master.withdraw(3);
});

test('a full worker is passed over until it has room', async () => {
  const { fork } = start();
  const [one, two] = [fork(1), fork(2)];
  const { key, port } = await listen(one);
  await listen(two);
  one.say({ act: 'full', key, full: true });
  await arrival(two, port);
  two.receive();
  two.say({ act: 'full', key, full: true });
  const given = new FakeConnection('given back');
  two.giveBack(given, key);
  expect(given.closed).toBe(false);
  one.say({ act: 'full', key, full: false });
  expect(one.handed).toEqual(['given back']);
  one.receive();
});

test('an address goes with the last server that closes there, but not with one that leaves for others to come', async () => {
  const { master, fork } = start();
  const [one, two, three] = [fork(1), fork(2), fork(3)];
  const { key, port } = await listen(one);
  await listen(two);
  one.say({ act: 'close', key });
  expect(await isRefused(port)).toBe(false);
  two.receive();
  two.say({ act: 'close', key });
  expect(await isRefused(port)).toBe(true);
  const again = await listen(three);
  const out = master.withdraw(3);
  three.say({ act: 'fenced', seq: three.last('fence').seq });
  await out;
  three.say({ act: 'close', key });
  expect(await isRefused(again.port)).toBe(false);
  const successor = fork(4);
  await listen(successor);
  await vi.waitUntil(() => successor.handOvers === 1);
});

test('the end waits for what is under way, and then listens nowhere', async () => {
  const { master, fork } = start();
  const worker = fork(1);
  const { port } = await listen(worker);
  await arrival(worker, port);
  let isClosed = false;
  const closed = master.close().then(() => {
    isClosed = true;
  });
  await vi.waitUntil(() => isRefused(port));
  expect(isClosed).toBe(false);
  worker.receiveAll();
  await closed;
  expect(master.close()).toBe(master.close());
});

test('messages that are not ours are left alone', () => {
  const { fork } = start();
  const worker = fork(1);
  for (const message of [null, 'text', 7, {}, { cmd: 'NODE_CLUSTER', act: 'online' }]) {
    worker.process.emit('internalMessage', message);
  }
  worker.receive();
  expect(worker.process.sent).toEqual([]);
});

test('a version of Node that keeps its handle elsewhere is told of, once, and the worker listens by itself', async () => {
  const { fork, fallsBack } = start();
  const [one, two] = [fork(1), fork(2)];
  const { get } = Reflect;
  const hidden = vi.spyOn(Reflect, 'get');
  hidden.mockImplementation((target, name) => (name === '_handle' ? undefined : get(target, name)));
  onTestFinished(() => hidden.mockRestore());
  for (const worker of [one, two]) {
    expect(await listen(worker)).toMatchObject({ errno: -constants.errno.ENOSYS });
  }
  expect(fallsBack).toHaveBeenCalledOnce();
});

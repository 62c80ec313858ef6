import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { backoff } from '../src/backoff.ts';
import { Broker } from '../src/broker.ts';
import { BusClient } from '../src/bus-client.ts';
import type { RequestName } from '../src/protocol.ts';
import { onReport } from '../src/report.ts';
import { connect } from '../src/shared.ts';
import { SocketLink } from '../src/socket-link.ts';
import { newClient, nextCall, nextEvent, readyClient, startBroker, temporaryDirectory } from './helpers.ts';

const NEVER = 'test.never' as RequestName;
const ECHO = 'test.echo' as RequestName;
const none = undefined as never;

async function startBrokerAt(path: string): Promise<Broker> {
  const broker = await Broker.listen(path);
  onTestFinished(() => broker.close());
  return broker;
}

/** A client that retries at once, so that tests wait for the broker and nothing else. */
const eager = { schedule: (fn: () => void) => setTimeout(fn, 1) };

describe('a client before it is connected', () => {
  it('queues events and requests in order, and sends them when it is', async () => {
    const path = join(await temporaryDirectory(), 'bus');
    const client = newClient(path, 'worker', eager);
    expect(client.state).toBe('connecting');
    for (let i = 0; i < 10; i++) expect(client.emit('master', 'n', [i])).toBe(true);
    const answer = client.request('master', ECHO, 'asked early' as never);
    const heard: unknown[] = [];
    const broker = await startBrokerAt(path);
    const master = broker.join();
    onTestFinished(() => master.close());
    master.onEvent('n', ([n]) => heard.push(n));
    onTestFinished(master.handle(ECHO, params => ({ params, after: heard.length }) as never));
    expect(await answer).toEqual({ params: 'asked early', after: 10 });
    expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('refuses what exceeds the queue, and reports it once per episode', async () => {
    const problems: Error[] = [];
    onTestFinished(onReport(problem => problems.push(problem)));
    const path = join(await temporaryDirectory(), 'bus');
    const client = new BusClient({ maxQueue: 2_000 });
    client.attach(SocketLink.to(path, 'worker', eager));
    onTestFinished(() => client.close());
    const own = vi.fn();
    client.onEvent('big', own);
    expect(client.emit(['self', 'master'], 'big', [Buffer.alloc(1_500)])).toBe(true);
    expect(client.emit(['self', 'master'], 'big', [Buffer.alloc(1_500)])).toBe(false);
    expect(client.emit('master', 'big', [Buffer.alloc(1_500)])).toBe(false);
    await expect(client.request('master', ECHO, Buffer.alloc(1_500) as never)).rejects.toMatchObject({
      code: 'TROUPE_ERR_IPC_QUEUE_FULL',
    });
    expect(own).toHaveBeenCalledTimes(2);
    expect(problems).toEqual([expect.objectContaining({ code: 'TROUPE_ERR_IPC_QUEUE_FULL' })]);

    const broker = await startBrokerAt(path);
    const monitor = await readyClient(broker.path, 'monitor');
    await client.ready();
    const arrived = nextEvent(monitor, 'big');
    expect(client.emit('master', 'big', [Buffer.alloc(800)])).toBe(true);
    await arrived;
    await broker.close();
    client.emit('master', 'big', [Buffer.alloc(1_500)]);
    client.emit('master', 'big', [Buffer.alloc(1_500)]);
    expect(problems).toHaveLength(2);
  });

  it('gives up a queued request at its deadline, and makes room for others', async () => {
    const client = new BusClient({ maxQueue: 2_000 });
    client.attach(SocketLink.to(join(await temporaryDirectory(), 'bus'), 'worker', eager));
    onTestFinished(() => client.close());
    for (let i = 0; i < 3; i++)
      await expect(client.request('master', ECHO, Buffer.alloc(1_500) as never, { timeout: 20 })).rejects.toMatchObject(
        { code: 'TROUPE_ERR_IPC_NO_ANSWER', message: expect.stringContaining('20 ms') },
      );
  });

  it('rejects ready and requests when it is closed', async () => {
    const client = newClient(join(await temporaryDirectory(), 'bus'), 'worker', eager);
    const closedError = { code: 'TROUPE_ERR_IPC_CLOSED' };
    const waiting = [
      expect(client.ready()).rejects.toMatchObject(closedError),
      expect(client.request('master', ECHO, none)).rejects.toMatchObject(closedError),
    ];
    await client.close();
    await Promise.all(waiting);
    await expect(client.ready()).rejects.toMatchObject(closedError);
    await expect(client.request('master', ECHO, none)).rejects.toMatchObject(closedError);
    expect(client.emit('master', 'a')).toBe(false);
    expect(client.state).toBe('closed');
  });
});

describe('a client whose connection breaks', () => {
  it('rejects what is in flight, and serves again after it has reconnected', async () => {
    const path = join(await temporaryDirectory(), 'bus');
    const broker = await startBrokerAt(path);
    const client = await readyClient(path, 'worker', eager);
    const other = await readyClient(path, 'monitor', eager);
    other.handle(NEVER, () => new Promise(() => undefined) as never);
    const master = broker.join();
    onTestFinished(() => master.close());
    onTestFinished(master.handle(NEVER, () => new Promise(() => undefined) as never));
    const inFlight = client.request('master', NEVER, none);
    const refusal = expect(inFlight).rejects.toMatchObject({ code: 'TROUPE_ERR_IPC_DISCONNECTED' });
    const disconnected = nextCall<[Error]>(listener => client.on('disconnected', listener), 'disconnected');
    await broker.close();
    const [cause] = await disconnected;
    expect(cause.message).toContain('the master stops');
    await refusal;
    expect(master.state).toBe('local');

    const missed = nextCall<[string]>(listener => client.on('missed', listener), 'missed');
    const second = await startBrokerAt(path);
    const again = second.join();
    onTestFinished(again.handle(ECHO, () => 'again' as never));
    expect(await client.request('master', ECHO, none)).toBe('again');
    expect(await missed).toEqual(['the master was replaced']);
  });

  it('waits longer each time, up to 2 s, less a random half', () => {
    expect([0, 1, 2, 6, 7, 50].map(attempt => backoff(attempt, 0))).toEqual([25, 50, 100, 1600, 2000, 2000]);
    expect(backoff(7, 0.999)).toBe(1001);
  });

  it('uses the clock and the dice that it was given', async () => {
    const path = join(await temporaryDirectory(), 'bus');
    const pauses: number[] = [];
    const enough = nextCall<[]>(listener => {
      newClient(path, 'worker', {
        random: () => 0,
        schedule: (fn, ms) => {
          pauses.push(ms);
          if (pauses.length === 4) listener();
          return setTimeout(fn, 1);
        },
      });
      return () => undefined;
    }, 'four retries');
    await enough;
    expect(pauses.slice(0, 4)).toEqual([25, 50, 100, 200]);
  });
});

describe('requests', () => {
  it('have a deadline that names who did not answer, and leave nothing behind', async () => {
    const broker = await startBroker();
    const master = broker.join();
    onTestFinished(() => master.close());
    const worker = await readyClient(broker.path);
    onTestFinished(master.handle(NEVER, () => new Promise(() => undefined) as never));
    await expect(worker.request('master', NEVER, none, { timeout: 30 })).rejects.toMatchObject({
      code: 'TROUPE_ERR_IPC_NO_ANSWER',
      message: expect.stringMatching(/The master did not answer 'test.never' within 30 ms/),
    });
    await expect(master.request('master', NEVER, none, { timeout: 30 })).rejects.toMatchObject({
      code: 'TROUPE_ERR_IPC_NO_ANSWER',
      message: expect.stringContaining(`${process.pid}`),
    });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5'])('refuse the timeout %s', async timeout => {
    const client = new BusClient();
    await expect(client.request('master', ECHO, none, { timeout: timeout as number })).rejects.toMatchObject({
      code: 'TROUPE_ERR_IPC_BAD_ARGUMENT',
    });
  });

  it('of a local process are served by itself, or say that there is no cluster', async () => {
    const client = new BusClient();
    const noCluster = { code: 'TROUPE_ERR_IPC_NO_CLUSTER' };
    await expect(client.request('master', ECHO, none)).rejects.toMatchObject(noCluster);
    await expect(client.request(1, ECHO, none)).rejects.toMatchObject(noCluster);
    client.handle(ECHO, params => params as never);
    expect(await client.request('master', ECHO, 1 as never)).toBe(1);
    expect(await client.gather(['workers', 'master'], ECHO, 2 as never)).toEqual([{ pid: process.pid, value: 2 }]);
  });

  it('have one handler', () => {
    const client = new BusClient();
    const remove = client.handle(ECHO, () => none);
    expect(() => client.handle(ECHO, () => none)).toThrow(
      expect.objectContaining({ code: 'TROUPE_ERR_IPC_DUPLICATE_HANDLER' }),
    );
    remove();
    client.handle(ECHO, () => none);
  });

  it('are validated where a validator is given', async () => {
    const broker = await startBroker();
    const master = broker.join();
    onTestFinished(() => master.close());
    const handler = vi.fn(() => none);
    const validate = (params: unknown) => {
      if (params !== 'fine') throw new Error('only fine is fine');
      return params as never;
    };
    onTestFinished(master.handle(ECHO, handler, { validate }));
    const worker = await readyClient(broker.path);
    await expect(worker.request('master', ECHO, 'bad' as never)).rejects.toMatchObject({
      code: 'TROUPE_ERR_IPC_BAD_PARAMS',
      message: expect.stringContaining('only fine is fine'),
    });
    await worker.request('master', ECHO, 'fine' as never);
    expect(handler.mock.calls).toHaveLength(1);
  });

  it('whose result cannot be sent fail, and so do messages that are too large', async () => {
    const broker = await startBroker();
    const worker = await readyClient(broker.path);
    const monitor = new BusClient({ maxFrame: 10_000 });
    monitor.attach(SocketLink.to(broker.path, 'monitor'));
    onTestFinished(() => monitor.close());
    const master = broker.join();
    onTestFinished(() => master.close());
    onTestFinished(master.handle(ECHO, () => Symbol('no') as never));
    await expect(worker.request('master', ECHO, none)).rejects.toMatchObject({ code: 'TROUPE_ERR_IPC_NOT_ENCODABLE' });
    const tooLarge = { code: 'TROUPE_ERR_IPC_TOO_LARGE' };
    await expect(monitor.request('master', ECHO, Buffer.alloc(20_000) as never)).rejects.toMatchObject(tooLarge);
    expect(() => monitor.emit('master', 'a', [Buffer.alloc(20_000)])).toThrow(expect.objectContaining(tooLarge));
  });

  it('to many name each that is silent', async () => {
    const broker = await startBroker();
    const master = broker.join();
    onTestFinished(() => master.close());
    const [silent, quick] = [await readyClient(broker.path), await readyClient(broker.path)];
    silent.handle(ECHO, () => new Promise(() => undefined) as never);
    quick.handle(ECHO, () => 'quick' as never);
    const answers = await master.gather('workers', ECHO, none, { timeout: 100 });
    expect(answers).toEqual([
      { pid: process.pid, value: 'quick' },
      { pid: process.pid, error: expect.objectContaining({ code: 'TROUPE_ERR_IPC_NO_ANSWER' }) },
    ]);
    expect(await master.gather('workers', 'test.none' as RequestName, none)).toHaveLength(2);
  });

  it('to the master alone gather its one answer', async () => {
    const broker = await startBroker();
    const master = broker.join();
    onTestFinished(() => master.close());
    onTestFinished(master.handle(ECHO, params => params as never));
    const worker = await readyClient(broker.path);
    expect(await worker.gather('master', ECHO, 1 as never)).toEqual([{ pid: master.pid, value: 1 }]);
    expect(await worker.gather('master', 'test.none' as RequestName, none)).toMatchObject([
      { pid: master.pid, error: { code: 'TROUPE_ERR_IPC_NO_HANDLER' } },
    ]);
  });

  it('to a group without members gather nothing', async () => {
    const broker = await startBroker();
    const monitor = await readyClient(broker.path, 'monitor');
    expect(await monitor.gather('workers', ECHO, none)).toEqual([]);
  });
});

describe('connect(path)', () => {
  it('gives the same client for the same path until it is closed', async () => {
    const broker = await startBroker();
    const client = connect(broker.path);
    onTestFinished(() => client.close());
    expect(connect(broker.path)).toBe(client);
    expect(client.role).toBe('monitor');
    await client.ready();
    await client.close();
    const next = connect(broker.path, { role: 'cache' });
    onTestFinished(() => next.close());
    expect(next).not.toBe(client);
    await next.ready();
    expect(broker.peers()).toEqual([{ pid: process.pid, role: 'cache' }]);
  });

  it('says when the path is too long for a socket', () => {
    expect(() => connect(`/tmp/${'x'.repeat(200)}`)).toThrow(
      expect.objectContaining({ code: 'TROUPE_ERR_IPC_PATH_TOO_LONG' }),
    );
  });

  it('ends in time although the other end reads and says nothing', async () => {
    const path = join(await temporaryDirectory(), 'deaf');
    const server = createServer(socket => socket.pause());
    await new Promise<void>(resolve => server.listen(path, resolve));
    onTestFinished(() => {
      server.close();
    });
    const client = newClient(path);
    await new Promise(resolve => server.once('connection', resolve));
    await client.close();
    expect(client.state).toBe('closed');
  });
});

import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Broker } from '../src/broker.ts';
import { encodeFrame } from '../src/frame.ts';
import { encodeGoodbye, encodeHello } from '../src/greeting.ts';
import { encodeNamed, encodeValue } from '../src/message.ts';
import { Kind, type RequestName, type Role } from '../src/protocol.ts';
import { onReport } from '../src/report.ts';
import { ALL } from '../src/targets.ts';
import { nextCall, nextEvent, readyClient, startBroker } from './helpers.ts';
import { startProcess } from './processes.ts';
import { greetedPeer, rawPeer } from './raw-peer.ts';

const NEVER = 'test.never' as RequestName;
const ECHO = 'test.echo' as RequestName;
const none = undefined as never;

/** Two bystanders can talk, whatever somebody else did. */
async function expectUnharmed(broker: Broker): Promise<void> {
  const [one, two] = [await readyClient(broker.path), await readyClient(broker.path, 'monitor')];
  const arrived = nextEvent(two, 'still here');
  one.emit('all', 'still here', [1]);
  expect(await arrived).toEqual([1]);
  await Promise.all([one.close(), two.close()]);
}

async function brokerWithWarnings(options: Parameters<typeof startBroker>[0] = {}) {
  const warnings: Error[] = [];
  const broker = await startBroker({ onWarning: warning => warnings.push(warning), ...options });
  return { broker, warnings };
}

const hello = (fields: object) => encodeValue({ kind: Kind.hello }, fields, 'hello');
const good = { version: 1, pid: 4242, role: 'worker', instance: 'x' };

describe('a peer that is', () => {
  it.each<[string, Buffer]>([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a frame before hello', encodeNamed({ kind: Kind.event, targets: [ALL] }, 'a', [])],
    ['a frame of an unknown kind', encodeFrame({ kind: 99 as Kind })],
    ['an oversized frame', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
    ['a frame shorter than its header', Buffer.from([0, 0, 0, 1, 1])],
    ['hello that cannot be decoded', encodeFrame({ kind: Kind.hello }, randomBytes(40).fill(0xc1, 0, 8))],
    ['hello that is no object', hello([1])],
    ['hello without version', hello({ ...good, version: undefined })],
    ['hello of a master', hello({ ...good, role: 'master' })],
    ['hello of no role', hello({ ...good, role: 'constructor' })],
    ['hello of no pid', hello({ ...good, pid: -1 })],
    ['hello of a fractional pid', hello({ ...good, pid: 1.5 })],
    ['hello without instance', hello({ ...good, instance: '' })],
    ['hello with an endless instance', hello({ ...good, instance: 'x'.repeat(100) })],
  ])('sending %s is closed with goodbye, and nothing else happens', async (_what, bytes) => {
    const { broker, warnings } = await brokerWithWarnings();
    const peer = await rawPeer(broker.path);
    peer.socket.write(bytes);
    expect(await peer.closed).toMatchObject({ reason: 'malformed' });
    expect(warnings).toEqual([expect.objectContaining({ code: 'TROUPE_ERR_IPC_CUT_OFF' })]);
    await expectUnharmed(broker);
  });

  it.each<[string, Buffer]>([
    ['hello twice', encodeHello({ pid: 4242, role: 'worker', instance: 'again' })],
    ["the broker's own kinds", encodeGoodbye('closing', 'me too')],
  ])('sending %s after hello is closed', async (_what, bytes) => {
    const { broker } = await brokerWithWarnings();
    const peer = await greetedPeer(broker.path);
    peer.socket.write(bytes);
    expect(await peer.closed).toMatchObject({ reason: 'malformed' });
    expect(broker.peers()).toEqual([]);
  });

  it('of another version is told so', async () => {
    const { broker } = await brokerWithWarnings();
    const peer = await rawPeer(broker.path);
    peer.socket.write(hello({ ...good, version: 2 }));
    expect(await peer.closed).toMatchObject({ reason: 'refused', message: expect.stringContaining('version 2') });
  });

  it('silent is closed after the deadline', async () => {
    const { broker } = await brokerWithWarnings({ helloTimeout: 50 });
    const peer = await rawPeer(broker.path);
    expect(await peer.closed).toMatchObject({ reason: 'refused', message: expect.stringContaining('hello') });
  });

  it('half-way through a frame when it goes away leaves nothing', async () => {
    const { broker, warnings } = await brokerWithWarnings();
    const peer = await greetedPeer(broker.path);
    const left = nextCall(listener => broker.on('left', listener), 'left');
    peer.socket.write(encodeFrame({ kind: Kind.event, targets: [ALL] }, Buffer.alloc(100)).subarray(0, 50), () =>
      peer.socket.destroy(),
    );
    expect(await left).toEqual([{ pid: 4242, role: 'worker' }]);
    expect(warnings).toEqual([]);
    await expectUnharmed(broker);
  });

  it('one too many is refused', async () => {
    const { broker } = await brokerWithWarnings({ maxPeers: 1 });
    const first = await greetedPeer(broker.path, 'worker', 1);
    const second = await rawPeer(broker.path);
    expect(await second.closed).toMatchObject({ reason: 'refused', message: expect.stringContaining('1 processes') });
    first.socket.destroy();
    await nextCall(listener => broker.on('left', listener), 'left');
    await greetedPeer(broker.path, 'worker', 2);
  });

  it('back on a new connection replaces its old one, and is told that it may have missed something', async () => {
    const { broker } = await brokerWithWarnings();
    const old = await greetedPeer(broker.path);
    const back = await greetedPeer(broker.path);
    expect(await old.closed).toMatchObject({ reason: 'replaced' });
    expect(await back.first(Kind.welcome)).toMatchObject({ missed: expect.any(String) });
    expect(broker.peers()).toEqual([{ pid: 4242, role: 'worker' }]);
  });

  it('answering what it was not asked is ignored', async () => {
    const { broker } = await brokerWithWarnings();
    const master = broker.join();
    onTestFinished(() => master.close());
    const worker = await startProcess(broker.path);
    const forger = await greetedPeer(broker.path);
    const answer = master.request(worker.pid, NEVER, none, { timeout: 300 });
    for (let correlation = 0; correlation < 20; correlation++)
      forger.socket.write(encodeValue({ kind: Kind.reply, correlation }, 'forged', 'reply'));
    await expect(answer).rejects.toMatchObject({ code: 'TROUPE_ERR_IPC_NO_ANSWER' });
  });

  it('claiming to be another sender is not believed', async () => {
    const { broker } = await brokerWithWarnings();
    const monitor = await readyClient(broker.path, 'monitor');
    const forger = await greetedPeer(broker.path);
    const heard = nextCall<[unknown[], number]>(listener => monitor.onEvent('a', listener), 'event');
    forger.socket.write(encodeNamed({ kind: Kind.event, targets: [ALL], source: 1 }, 'a', []));
    expect(await heard).toEqual([[], 4242]);
  });

  it('sending payloads that cannot be decoded harms nobody', async () => {
    const { broker } = await brokerWithWarnings();
    const problems: Error[] = [];
    onTestFinished(onReport(problem => problems.push(problem)));
    const monitor = await readyClient(broker.path, 'monitor');
    monitor.onEvent(() => undefined);
    const evil = await greetedPeer(broker.path);
    const reported = nextCall(listener => onReport(listener), 'a report');
    evil.socket.write(encodeFrame({ kind: Kind.event, targets: [ALL] }, Buffer.from([0, 1, 97, 0, 0xc1])));
    expect(await reported).toEqual([expect.objectContaining({ code: 'TROUPE_ERR_IPC_MALFORMED' })]);
    evil.socket.write(encodeFrame({ kind: Kind.request, targets: [process.pid], correlation: 7 }, Buffer.from([9])));
    expect(await evil.first(Kind.failure)).toMatchObject({ code: 'TROUPE_ERR_IPC_MALFORMED' });
    await expectUnharmed(broker);
  });
});

describe('a peer that never reads', () => {
  it('is cut off at the limit, and the memory of the broker stays bounded', async () => {
    const maxBacklog = 4 * 1024 * 1024;
    const { broker, warnings } = await brokerWithWarnings({ maxBacklog });
    const peer = await greetedPeer(broker.path);
    peer.socket.pause();
    const master = broker.join();
    onTestFinished(() => master.close());
    const before = process.memoryUsage();
    const left = nextCall(listener => broker.on('left', listener), 'left', 20_000);
    let isConnected = true;
    left.then(() => {
      isConnected = false;
    });
    // Many small messages, each in a tick of its own: what is stored must be what is counted.
    for (let i = 0; i < 200_000 && isConnected; i++) {
      master.emit('workers', 'flood', ['x'.repeat(100)]);
      if (i % 20 === 0) await new Promise(setImmediate);
    }
    expect(await left).toEqual([{ pid: 4242, role: 'worker' }]);
    const now = process.memoryUsage();
    expect(now.arrayBuffers - before.arrayBuffers).toBeLessThan(3 * maxBacklog);
    expect(warnings).toEqual([expect.objectContaining({ code: 'TROUPE_ERR_IPC_CUT_OFF' })]);
    await expectUnharmed(broker);
  });

  it('and reads again is told why', async () => {
    const { broker } = await brokerWithWarnings({ maxBacklog: 1024 * 1024 });
    const peer = await greetedPeer(broker.path);
    peer.socket.pause();
    const sender = await readyClient(broker.path, 'monitor');
    const left = nextCall(listener => broker.on('left', listener), 'left');
    for (let i = 0; i < 64; i++) sender.emit('workers', 'flood', [Buffer.alloc(64 * 1024)]);
    await left;
    peer.socket.resume();
    expect(await peer.closed).toMatchObject({ reason: 'backlog' });
  });
});

describe('a flood', () => {
  it('of one process does not keep the others from talking', async () => {
    const { broker } = await brokerWithWarnings();
    const flooder = await startProcess(broker.path);
    const receiver = await readyClient(broker.path, 'monitor');
    let count = 0;
    const all = nextCall<[]>(
      listener => {
        return receiver.onEvent('flood', () => {
          if (++count === 20_000) listener();
        });
      },
      'the flood',
      20_000,
    );
    await flooder.run('emitMany', 'master', 20_000, 100);
    await expectUnharmed(broker);
    await all;
  });
});

describe('a process that', () => {
  it('is killed while it is asked settles what waits for it', async () => {
    const { broker } = await brokerWithWarnings();
    const master = broker.join();
    onTestFinished(() => master.close());
    const [victim, survivor] = [await startProcess(broker.path), await startProcess(broker.path)];
    const asker = await readyClient(broker.path, 'monitor');
    const waiting = [
      expect(master.request(victim.pid, NEVER, none)).rejects.toMatchObject({ code: 'TROUPE_ERR_IPC_PEER_GONE' }),
      expect(asker.request(victim.pid, NEVER, none)).rejects.toMatchObject({
        code: 'TROUPE_ERR_IPC_PEER_GONE',
        message: expect.stringContaining(`${victim.pid}`),
      }),
    ];
    const gathered = asker.gather([victim.pid, survivor.pid], NEVER, none, { timeout: 1_000 });
    // Whatever was asked before this answer came has reached both.
    await asker.gather('workers', ECHO, none);
    victim.signal('SIGKILL');
    await Promise.all(waiting);
    expect((await gathered).sort((a, b) => a.pid - b.pid)).toMatchObject(
      [
        { pid: victim.pid, error: { code: 'TROUPE_ERR_IPC_PEER_GONE' } },
        { pid: survivor.pid, error: { code: 'TROUPE_ERR_IPC_NO_ANSWER' } },
      ].sort((a, b) => a.pid - b.pid),
    );
  });

  it('is stopped until it is cut off comes back and is told what it missed', async () => {
    const { broker } = await brokerWithWarnings({ maxBacklog: 1024 * 1024 });
    const worker = await startProcess(broker.path);
    const sender = await readyClient(broker.path, 'monitor');
    const left = nextCall(listener => broker.on('left', listener), 'left');
    worker.signal('SIGSTOP');
    for (let i = 0; i < 64; i++) sender.emit('workers', 'flood', [Buffer.alloc(64 * 1024)]);
    expect(await left).toEqual([{ pid: worker.pid, role: 'worker' }]);
    // The rest of the flood has to be over, or it would be too much for the worker once more.
    const over = nextEvent(await readyClient(broker.path, 'monitor'), 'flood is over');
    sender.emit('master', 'flood is over');
    await over;
    const joined = nextCall(listener => broker.on('joined', listener), 'joined');
    worker.signal('SIGCONT');
    expect(await joined).toEqual([{ pid: worker.pid, role: 'worker' }]);
    expect(await worker.heard('client missed')).toEqual([expect.stringContaining('did not read')]);
    sender.emit('workers', 'after', [1]);
    expect(await worker.heard('after')).toEqual([1]);
  });

  it.each<Role>(['worker', 'cache', 'monitor'])(
    'has the same pid as another (%s): events go to both, requests to the newest',
    async role => {
      const { broker } = await brokerWithWarnings();
      const asker = await startProcess(broker.path);
      const [older, newer] = [await readyClient(broker.path, role), await readyClient(broker.path, role)];
      const both = [nextEvent(older, 'a'), nextEvent(newer, 'a')];
      await asker.run('emit', process.pid, 'a');
      await Promise.all(both);
      const monitor = await greetedPeer(broker.path, 'monitor');
      older.handle(ECHO, () => 'older' as never);
      newer.handle(ECHO, () => 'newer' as never);
      monitor.socket.write(encodeNamed({ kind: Kind.request, targets: [process.pid], correlation: 1 }, ECHO, none));
      expect(await monitor.first(Kind.reply)).toBe('newer');
    },
  );
});

import { describe, expect, it } from 'vitest';
import type { RequestName } from '../src/protocol.ts';
import { nextEvent, readyClient, startBroker } from './helpers.ts';

const PING = 'test.ping' as RequestName;

describe('broker', () => {
  it('passes events between the master, workers and monitors', async () => {
    const broker = await startBroker();
    const master = broker.join();
    const worker = await readyClient(broker.path);
    const monitor = await readyClient(broker.path, 'monitor');
    expect(master.state).toBe('connected');
    expect(broker.peers().map(peer => peer.role)).toEqual(['master', 'worker', 'monitor']);

    const atWorker = nextEvent(worker, 'hello');
    expect(master.emit('workers', 'hello', ['workers', new Map([[1, 2]])])).toBe(true);
    expect(await atWorker).toEqual(['workers', new Map([[1, 2]])]);

    const heard: unknown[] = [];
    master.onEvent('status', args => heard.push(args));
    const atMonitor = nextEvent(monitor, 'status');
    worker.emit('master', 'status', [1]);
    expect(await atMonitor).toEqual([1]);
    expect(heard).toEqual([[1]]);
  });

  it('brings requests to their handler and the answer back', async () => {
    const broker = await startBroker();
    const master = broker.join();
    const worker = await readyClient(broker.path);
    const remove = master.handle(PING, params => ({ params, pong: true }) as never);
    expect(await worker.request('master', PING, { a: 1 } as never)).toEqual({ params: { a: 1 }, pong: true });
    expect(await master.request('master', PING, undefined as never)).toEqual({ params: undefined, pong: true });
    remove();
    await expect(worker.request('master', PING, undefined as never)).rejects.toMatchObject({
      code: 'TROUPE_ERR_IPC_NO_HANDLER',
    });
  });

  it('gathers answers', async () => {
    const broker = await startBroker();
    const master = broker.join();
    const [one, two] = [await readyClient(broker.path), await readyClient(broker.path)];
    one.handle(PING, () => 'one' as never);
    two.handle(PING, () => {
      throw Object.assign(new Error('not today'), { code: 'E_TODAY' });
    });
    const answers = await master.gather('workers', PING, undefined as never);
    expect(answers).toHaveLength(2);
    expect(answers).toContainEqual({ pid: process.pid, value: 'one' });
    expect(answers).toContainEqual({
      pid: process.pid,
      error: expect.objectContaining({ code: 'E_TODAY', message: 'not today' }),
    });
  });

  it('fails a request to a pid that nobody has', async () => {
    const broker = await startBroker();
    const worker = await readyClient(broker.path);
    await expect(worker.request(1, PING, undefined as never)).rejects.toMatchObject({ code: 'TROUPE_ERR_IPC_NO_PEER' });
    expect(await worker.gather([1], PING, undefined as never)).toMatchObject([
      { pid: 1, error: { code: 'TROUPE_ERR_IPC_NO_PEER' } },
    ]);
  });
});

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { BusClient } from '../src/bus-client.ts';
import { createEmitter } from '../src/event-emitter.ts';
import type { Target } from '../src/protocol.ts';
import { onReport } from '../src/report.ts';
import { newClient, nextEvent, readyClient, startBroker } from './helpers.ts';
import { startProcess } from './processes.ts';

const local = () => createEmitter(new BusClient());

/** Collects what is reported until the test ends. */
function reports(): Error[] {
  const problems: Error[] = [];
  onTestFinished(onReport(problem => problems.push(problem)));
  return problems;
}

describe('emitter in a process without a cluster', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is local and synchronous', () => {
    const emitter = local();
    const heard: unknown[] = [];
    emitter.on('a', (...args: unknown[]) => heard.push(args));
    expect(emitter.emit('a', 1, undefined, { b: 2 })).toBe(true);
    expect(heard).toEqual([[1, undefined, { b: 2 }]]);
  });

  it('means itself by self, master, all and its pid, and nobody by workers', () => {
    const emitter = local();
    const heard: unknown[] = [];
    emitter.on('a', (target: unknown) => heard.push(target));
    const { pid } = process;
    for (const target of ['self', 'master', 'all', pid, `${pid}`, 'workers', pid + 1] as Target[])
      emitter.to(target).emit('a', target);
    expect(heard).toEqual(['self', 'master', 'all', pid, `${pid}`]);
  });

  it('delivers once when targets overlap', () => {
    const emitter = local();
    const listener = vi.fn();
    emitter.on('a', listener);
    emitter.to(['self', process.pid, 'all', 'master', 'self']).emit('a');
    emitter.emitTo(['self', 'all'], ['a', 1, 2]);
    expect(listener.mock.calls).toEqual([[], [1, 2]]);
  });

  it.each([['everyone'], [-1], [0], [1.5], [{}], ['01'], [null], [Number.NaN], [2 ** 32]])(
    'refuses the target %j at once',
    target => {
      const emitter = local();
      const bad = expect.objectContaining({ code: 'TROUPE_ERR_IPC_BAD_TARGET' });
      expect(() => emitter.to(target as Target)).toThrow(bad);
      expect(() => emitter.emitTo([target as Target], ['a'])).toThrow(bad);
    },
  );

  it('refuses listeners that are no functions and events that are no strings', () => {
    const emitter = local();
    const bad = expect.objectContaining({ code: 'TROUPE_ERR_IPC_BAD_ARGUMENT' });
    expect(() => emitter.on('a', 'b' as never)).toThrow(bad);
    expect(() => emitter.on(1 as never, () => undefined)).toThrow(bad);
    expect(() => emitter.emit('')).toThrow(bad);
    expect(() => emitter.emitTo('self', 'a' as never)).toThrow(bad);
  });

  it('has methods that work alone', () => {
    const { on, once: onceOnly, emit, off, listenerCount, to, emitTo, removeAllListeners } = local();
    const listener = vi.fn();
    on('a', listener);
    onceOnly('a', listener);
    expect(listenerCount('a')).toBe(2);
    emit('a', 1);
    to('self').emit('a', 2);
    off('a', listener);
    emitTo('self', ['a', 3]);
    removeAllListeners();
    expect(listener.mock.calls).toEqual([[1], [1], [2]]);
  });

  it('calls those who were there when the event was emitted, as Node does', () => {
    const emitter = local();
    const calls: string[] = [];
    const second = () => calls.push('second');
    emitter.on('a', () => {
      calls.push('first');
      emitter.off('a', second);
      emitter.on('a', () => calls.push('late'));
    });
    emitter.on('a', second);
    emitter.emit('a');
    expect(calls).toEqual(['first', 'second']);
    calls.length = 0;
    emitter.emit('a');
    expect(calls).toEqual(['first', 'late']);
  });

  it('calls a once listener once, even when it emits the event itself or another does', () => {
    const emitter = local();
    const calls: string[] = [];
    emitter.once('a', () => {
      calls.push('outer');
      emitter.emit('a');
    });
    emitter.once('a', () => calls.push('inner'));
    emitter.emit('a');
    expect(calls).toEqual(['outer', 'inner']);
    expect(emitter.listenerCount('a')).toBe(0);
  });

  it('does not treat the event error differently', () => {
    expect(local().emit('error', new Error('nobody listens'))).toBe(true);
  });

  it('defect: removeListener removes a once listener', () => {
    const emitter = local();
    const listener = vi.fn();
    emitter.once('a', listener);
    emitter.removeListener('a', listener);
    emitter.emit('a');
    expect(listener).not.toHaveBeenCalled();
  });

  it("defect: removeAllListeners(event) removes only this emitter's listeners", () => {
    const client = new BusClient();
    const [mine, other] = [createEmitter(client), createEmitter(client)];
    const [removed, kept, otherEvent] = [vi.fn(), vi.fn(), vi.fn()];
    mine.on('a', removed);
    mine.on('b', otherEvent);
    other.on('a', kept);
    mine.removeAllListeners('a');
    mine.emit('a');
    mine.emit('b');
    expect(removed).not.toHaveBeenCalled();
    expect(kept).toHaveBeenCalledOnce();
    expect(otherEvent).toHaveBeenCalledOnce();
  });

  it('defect: a throwing listener does not keep the others from being called, and is reported', () => {
    const problems = reports();
    const emitter = local();
    const after = vi.fn();
    const cause = new Error('boom');
    emitter.on('a', () => {
      throw cause;
    });
    emitter.on('a', after);
    expect(emitter.emit('a')).toBe(true);
    expect(after).toHaveBeenCalledOnce();
    expect(problems).toEqual([expect.objectContaining({ code: 'TROUPE_ERR_IPC_LISTENER', cause })]);
  });

  it('reports as a warning of the process by default, also when the reporter itself throws', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const emitter = local();
    emitter.on('a', () => {
      throw new Error('boom');
    });
    emitter.emit('a');
    expect(warn).toHaveBeenCalledOnce();
    onTestFinished(
      onReport(() => {
        throw new Error('no logger');
      }),
    );
    emitter.emit('a');
    expect(warn).toHaveBeenCalledTimes(3);
  });
});

describe('emitter in a cluster', () => {
  it('defect: a worker reaches a sibling by its pid', async () => {
    const broker = await startBroker();
    const [sender, receiver] = [await startProcess(broker.path), await startProcess(broker.path)];
    await sender.run('emit', receiver.pid, 'greeting', 'from a sibling');
    expect(await receiver.heard('greeting')).toEqual(['from a sibling']);
    expect(await sender.run('count', 'greeting')).toBe(0);
  });

  it('emits by default to master and workers in the master, to self and master in a worker', async () => {
    const broker = await startBroker();
    const client = broker.join();
    onTestFinished(() => client.close());
    const master = createEmitter(client);
    const heard: unknown[] = [];
    master.on('a', (from: unknown) => heard.push(from));
    const [one, two] = [await readyClient(broker.path), await readyClient(broker.path)];
    const monitor = await readyClient(broker.path, 'monitor');
    const [worker, sibling] = [createEmitter(one), createEmitter(two)];

    const toAll = [nextEvent(one, 'a'), nextEvent(two, 'a'), nextEvent(monitor, 'a')];
    master.emit('a', 'master');
    expect(await Promise.all(toAll)).toEqual([['master'], ['master'], ['master']]);

    const atSibling = vi.fn();
    sibling.on('a', atSibling);
    const own = vi.fn();
    worker.on('a', own);
    const atMonitor = nextEvent(monitor, 'a');
    worker.emit('a', 'worker');
    expect(own).toHaveBeenCalledExactlyOnceWith('worker');
    expect(await atMonitor).toEqual(['worker']);
    expect(heard).toEqual(['master', 'worker']);
    // What the master sends afterwards has passed every queue that could hold the event.
    const fence = nextEvent(two, 'fence');
    master.emit('fence');
    await fence;
    expect(atSibling).not.toHaveBeenCalled();
  });

  it('keeps the order of one sender to one receiver, also of what was emitted before the connection', async () => {
    const broker = await startBroker();
    const receiver = await readyClient(broker.path, 'monitor');
    const heard: number[] = [];
    const last = nextEvent(receiver, 'last');
    createEmitter(receiver).on('n', (n: number) => heard.push(n));
    const sender = createEmitter(newClient(broker.path));
    for (let n = 0; n < 500; n++) sender.to('master').emit('n', n);
    sender.to('all').emit('last');
    await last;
    expect(heard).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });

  it.each([[['all']], [['master', 'workers']]] as Target[][][])(
    'lets no reply of the master overtake what it replies to (%j)',
    async targets => {
      const broker = await startBroker();
      const client = broker.join();
      onTestFinished(() => client.close());
      onTestFinished(client.onEvent('call', () => client.emit('workers', 'echo')));
      const [caller, listener] = [await readyClient(broker.path, 'monitor'), await readyClient(broker.path)];
      const heard: string[] = [];
      listener.onEvent(event => heard.push(event));
      const echo = nextEvent(listener, 'echo');
      caller.emit(targets, 'call');
      await echo;
      expect(heard).toEqual(['call', 'echo']);
    },
  );

  it.each(['imports-emitter.mjs', 'imports-status.mjs', 'connects.mjs'])(
    'does not keep a process alive: %s ends by itself',
    async fixture => {
      const broker = await startBroker();
      const child = fork(new URL(`fixtures/${fixture}`, import.meta.url), [broker.path], { stdio: 'pipe' });
      const [code, signal] = await once(child, 'exit', { signal: AbortSignal.timeout(10_000) });
      expect({ code, signal }).toEqual({ code: 0, signal: null });
    },
  );
});

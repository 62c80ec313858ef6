import { describe, expect, it, onTestFinished } from 'vitest';
import { BusClient } from '../src/bus-client.ts';
import { onReport } from '../src/report.ts';
import { SocketLink } from '../src/socket-link.ts';
import { type StatusBoard, statusBoard } from '../src/status-board.ts';
import type { Reducer } from '../src/status-reducers.ts';
import { nextCall, nextEvent, readyClient, startBroker } from './helpers.ts';
import { startProcess } from './processes.ts';

const local = () => statusBoard(new BusClient());
const { pid } = process;
const failsWith = (code: string) => expect.objectContaining({ code: `TROUPE_ERR_IPC_${code}` });

/** The master's board on a new bus; what the test registers is forgotten after it. */
async function startMaster(): Promise<{ path: string; board: StatusBoard; client: BusClient }> {
  const broker = await startBroker();
  const client = broker.join() as BusClient;
  const board = statusBoard(client);
  onTestFinished(async () => {
    for (const name of board.statuses()) board.unregister(name);
    await client.close();
  });
  return { path: broker.path, board, client };
}

/** Resolves with the names once they are these. */
async function names(board: StatusBoard, client: BusClient, ...expected: string[]): Promise<void> {
  while (board.statuses().join() !== expected.join()) await nextEvent(client, 'status.change');
}

describe('the board of a process without a cluster', () => {
  it('shows what it registered, and sets it', async () => {
    const { register, unregister, statuses, getStatus, setStatus } = local();
    let colour = 'red';
    register(
      'colour',
      () => colour,
      (value: string) => {
        const before = colour;
        colour = value;
        return before;
      },
    );
    register('later', async () => 'a promise');
    expect(statuses()).toEqual(['colour', 'later']);
    expect(await setStatus('colour', 'blue')).toEqual([{ pid, name: 'colour', status: 'red' }]);
    expect(await getStatus('colour')).toEqual([{ pid, name: 'colour', status: 'blue' }]);
    expect(await getStatus('later', 500)).toEqual([{ pid, name: 'later', status: 'a promise' }]);
    expect([unregister('colour'), unregister('colour')]).toEqual([true, false]);
    expect(statuses()).toEqual(['later']);
  });

  it("keeps cluster2's promises", async () => {
    const board = local();
    board.register('a', () => 1);
    const said: unknown[] = [];
    await board
      .getStatus('b')
      .otherwise(error => said.push(error.code))
      .ensure(() => said.push('settled'));
    expect(said).toEqual(['TROUPE_ERR_IPC_UNKNOWN_STATUS', 'settled']);
    await board.setStatus('b', 1).otherwise(error => said.push(error.message));
    expect(said[2]).toBe("No process has registered the status 'b'; there are 'a'.");
  });

  it('makes entries of views that throw, reject or never settle, and of what cannot be set', async () => {
    const board = local();
    board.register('throws', () => {
      throw new TypeError('no view');
    });
    board.register('rejects', () => Promise.reject('a text'));
    board.register('never', () => new Promise(() => undefined));
    expect(await board.getStatus('throws')).toEqual([{ pid, name: 'throws', error: new TypeError('no view') }]);
    expect(await board.getStatus('rejects')).toEqual([{ pid, name: 'rejects', error: new Error('a text') }]);
    expect(await board.getStatus('never', 20)).toEqual([{ pid, name: 'never', error: failsWith('NO_ANSWER') }]);
    expect(await board.setStatus('never', 1)).toEqual([{ pid, name: 'never', error: failsWith('READ_ONLY_STATUS') }]);
  });

  it('refuses what is wrong at once', async () => {
    const board = local();
    board.register('twice', () => 1);
    expect(() => board.register('twice', () => 2)).toThrow(failsWith('DUPLICATE_STATUS'));
    expect(() => board.register('', () => 1)).toThrow(failsWith('BAD_ARGUMENT'));
    expect(() => board.register(1 as never, () => 1)).toThrow(failsWith('BAD_ARGUMENT'));
    expect(() => board.register('a', 'view' as never)).toThrow(failsWith('BAD_ARGUMENT'));
    expect(() => board.register('a', () => 1, 'update' as never)).toThrow(failsWith('BAD_ARGUMENT'));
    expect(board.statuses()).toEqual(['twice']);
    await expect(board.getStatus('twice', -1)).rejects.toEqual(failsWith('BAD_ARGUMENT'));
    await expect(board.getStatus('twice', { reduce: 'median' as Reducer })).rejects.toEqual(failsWith('BAD_ARGUMENT'));
    const cycle: unknown[] = [];
    cycle.push(cycle);
    await expect(board.setStatus('twice', cycle)).rejects.toEqual(failsWith('NOT_ENCODABLE'));
  });

  it('is one for each client', () => {
    const client = new BusClient();
    expect(statusBoard(client)).toBe(statusBoard(client));
  });
});

describe('the board of a cluster', () => {
  it('shows all processes to the master, a worker and a monitor', async () => {
    const { path, board } = await startMaster();
    const [one, two, watcher] = [
      await startProcess(path),
      await startProcess(path),
      await startProcess(path, 'monitor'),
    ];
    board.register('load', () => 1);
    await one.run('register', 'load', 'value', 2);
    await two.run('register', 'load', 'promise', 3);
    await two.run('register', 'only here', 'value', null);

    const entries = [
      { pid, name: 'load', status: 1 },
      { pid: one.pid, name: 'load', status: 2 },
      { pid: two.pid, name: 'load', status: 3 },
    ];
    expect(board.statuses()).toEqual(['load', 'only here']);
    expect(await board.getStatus('load')).toEqual(entries);
    expect(await watcher.run('getStatus', 'load')).toEqual(entries);
    expect(await watcher.run('statuses')).toEqual(['load', 'only here']);
    expect(await one.run('getStatus', 'load')).toEqual([entries[1], entries[0], entries[2]]);
    expect(await one.run('getStatus', 'only here')).toEqual([{ pid: two.pid, name: 'only here', status: null }]);
  });

  it('sets in all processes, and tells what each made of it', async () => {
    const { path, board } = await startMaster();
    const [one, two] = [await startProcess(path), await startProcess(path)];
    await one.run('register', 'level', 'value', 0, true);
    await two.run('register', 'level', 'value', 0);
    const level = new Map([['debug', new Date(0)]]);
    expect(await board.setStatus('level', level)).toEqual([
      { pid: one.pid, name: 'level', status: [one.pid, level] },
      { pid: two.pid, name: 'level', error: failsWith('READ_ONLY_STATUS') },
    ]);
  });

  it('reduces to one value', async () => {
    const { path, board } = await startMaster();
    board.register('load', () => 2);
    for (const load of [3, 4]) await (await startProcess(path)).run('register', 'load', 'value', load);
    const reduced: [Reducer, unknown][] = [
      ['sum', 9],
      ['avg', 3],
      ['min', 2],
      ['max', 4],
      ['concat', [2, 3, 4]],
      ['first', 2],
    ];
    for (const [reduce, value] of reduced)
      expect({ reduce, value: await board.getStatus('load', { reduce }) }).toEqual({ reduce, value });
  });

  it('reduces what was answered, and says so when nothing was or it cannot be added', async () => {
    const { path, board } = await startMaster();
    const [one, two] = [await startProcess(path), await startProcess(path)];
    await one.run('register', 'load', 'value', 5);
    await two.run('register', 'load', 'never');
    await two.run('register', 'broken', 'throws', 'out of order');
    await two.run('register', 'text', 'value', 'five');
    await one.run('register', 'list', 'value', [1, [2]]);
    await two.run('register', 'list', 'value', 3);
    expect(await board.getStatus('load', { reduce: 'sum', wait: 50 })).toBe(5);
    expect(await board.getStatus('list', { reduce: 'concat' })).toEqual([1, [2], 3]);
    await expect(board.getStatus('broken', { reduce: 'max' })).rejects.toThrow('out of order');
    await expect(board.getStatus('text', { reduce: 'sum' })).rejects.toEqual(failsWith('BAD_ARGUMENT'));
    expect(await board.getStatus('text', { reduce: 'first' })).toBe('five');
  });

  it('makes entries of what the bus cannot carry, and of views that fail', async () => {
    const { path, board } = await startMaster();
    const one = await startProcess(path);
    await one.run('register', 'cycle', 'cycle');
    await one.run('register', 'throws', 'throws', 'out of order');
    expect(await board.getStatus('cycle')).toEqual([
      { pid: one.pid, name: 'cycle', error: failsWith('NOT_ENCODABLE') },
    ]);
    expect(await board.getStatus('throws')).toMatchObject([{ pid: one.pid, error: { message: 'out of order' } }]);
  });

  it('tells of a stopped process, to whoever came later too, and forgets one that is killed', async () => {
    const { path, board, client } = await startMaster();
    const [one, two] = [await startProcess(path), await startProcess(path)];
    await one.run('register', 'load', 'value', 1);
    await two.run('register', 'load', 'value', 2);
    await two.run('register', 'only in two', 'value', 2);
    two.signal('SIGSTOP');
    const late = [
      { pid: one.pid, name: 'load', status: 1 },
      { pid: two.pid, name: 'load', error: failsWith('NO_ANSWER') },
    ];
    expect(await board.getStatus('load', 50)).toEqual(late);
    const newcomer = await startProcess(path, 'monitor');
    expect(await newcomer.run('getStatus', 'load', 50)).toEqual([
      late[0],
      { ...late[1], error: 'TROUPE_ERR_IPC_NO_ANSWER' },
    ]);

    const asked = board.getStatus('load', 10_000);
    two.signal('SIGKILL');
    expect(await asked).toEqual([late[0], { pid: two.pid, name: 'load', error: failsWith('PEER_GONE') }]);
    await names(board, client, 'load');
    expect(await board.getStatus('load')).toEqual([late[0]]);
    await expect(board.getStatus('only in two')).rejects.toEqual(failsWith('UNKNOWN_STATUS'));
    expect(await newcomer.run('statuses')).toEqual(['load']);
    expect(await one.run('unregister', 'load')).toBe(true);
    expect(await newcomer.run('statuses')).toEqual([]);
  });

  it('knows of a registration when it hears an event that was sent after it', async () => {
    const { path, board } = await startMaster();
    const [one, listener] = [await startProcess(path), await readyClient(path, 'monitor')];
    const { statuses } = statusBoard(listener);
    const heard = nextCall<[unknown[], number]>(call => listener.onEvent('registered', call), "event 'registered'");
    await board.getStatus('nothing').otherwise(() => undefined);
    one.run('register', 'load', 'value', 1);
    one.run('emit', 'all', 'registered');
    await heard;
    expect(statuses()).toEqual(['load']);
  });

  it('learns what was registered before and meanwhile when it comes to a bus, and forgets it when it leaves', async () => {
    const early = new BusClient();
    const board = statusBoard(early);
    board.register('early', () => 'here');
    const { path } = await startMaster();
    const one = await startProcess(path);
    await one.run('register', 'load', 'value', 1);
    early.attach(SocketLink.to(path, 'monitor'));
    expect(await board.getStatus('load')).toEqual([{ pid: one.pid, name: 'load', status: 1 }]);
    expect(board.statuses()).toEqual(['early', 'load']);
    expect(await one.run('statuses')).toEqual(['load', 'early']);
    await early.close();
    await expect.poll(() => one.run('statuses')).toEqual(['load']);
  });

  it('takes nothing for names that is none', async () => {
    const problems: Error[] = [];
    onTestFinished(onReport(problem => problems.push(problem)));
    const { path, board } = await startMaster();
    board.register('mine', () => 1);
    const one = await startProcess(path);
    await one.run('emit', 'master', 'status.names', [1, 2]);
    await one.run('emit', 'all', 'status.change', 'pid', ['name']);
    await one.run('emit', 'all', 'status.change', 1, 'name');
    await one.run('statuses');
    expect(problems).toHaveLength(3);
    expect(board.statuses()).toEqual(['mine']);
  });
});

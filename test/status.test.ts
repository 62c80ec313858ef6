import { type StatusEntry, statusBoard } from '@troupe/ipc/status';
import { expect, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';

const byPid = (entries: readonly { pid: number }[]) => [...entries].sort((a, b) => a.pid - b.pid);
const pidsOf = (entries: readonly StatusEntry[]) => byPid(entries).map(({ pid }) => pid);

/** The board of a monitor process, which is this one. */
async function start() {
  const cluster = await Cluster.start('status');
  const { client, emitter } = await joinBus(await cluster.up());
  const workers = cluster.workersUp() as [number, number];
  return { cluster, emitter, client, board: statusBoard(client), workers, everybody: [cluster.pid, ...workers] };
}

async function stops(cluster: Cluster): Promise<void> {
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
}

test('defect: a worker sees the whole cluster, as the master and a monitor do, and sets it', async () => {
  const { cluster, emitter, board, everybody } = await start();
  const [, worker = 0] = everybody;
  const entries = byPid(everybody.map(pid => ({ pid, name: 'level', status: 'info' })));
  expect(byPid(await board.getStatus('level'))).toEqual(entries);
  for (const [i, pid] of [cluster.pid, worker].entries()) {
    emitter.to(pid).emit('look', 'level');
    const seen = await cluster.event('seen', i + 1);
    expect(seen.pid).toBe(pid);
    expect(byPid(seen.entries as StatusEntry[])).toEqual(entries);
    expect((seen.names as string[]).sort()).toEqual(['level', 'of the master', 'of workers', 'uptime']);
  }
  expect(await board.getStatus('of workers', { reduce: 'sum' })).toBe(2);

  emitter.to(worker).emit('set', 'level', 'debug');
  const { entries: set } = await cluster.event('set');
  expect(byPid(set as StatusEntry[])).toEqual(byPid(everybody.map(pid => ({ pid, name: 'level', status: pid }))));
  expect(await board.getStatus('level', { reduce: 'concat' })).toEqual(['debug', 'debug', 'debug']);
  await stops(cluster);
});

test('defect: a stopped worker is an entry with an error, and a killed one is gone', async () => {
  const { cluster, client, board, workers, everybody } = await start();
  const [victim, other] = workers;
  /** After it the master has passed on what was asked before, and the news of it is here. */
  const roundTrip = () => client.request('master', 'workers.list', undefined);
  const ofVictim = (entries: StatusEntry[]) => entries.find(({ pid }) => pid === victim);
  process.kill(victim, 'SIGSTOP');
  const late = await board.getStatus('level', 200);
  expect(pidsOf(late)).toEqual(everybody.sort((a, b) => a - b));
  expect(ofVictim(late)).toMatchObject({ error: { code: 'TROUPE_ERR_IPC_NO_ANSWER' } });
  expect(late.filter(({ status }) => status === 'info')).toHaveLength(2);
  process.kill(victim, 'SIGCONT');
  expect(ofVictim(await board.getStatus('level', 10_000))).toMatchObject({ status: 'info' });

  process.kill(victim, 'SIGSTOP');
  const asked = board.getStatus('level', 10_000);
  await roundTrip();
  process.kill(victim, 'SIGKILL');
  expect(ofVictim(await asked)).toMatchObject({ error: { code: 'TROUPE_ERR_IPC_PEER_GONE' } });
  const { pid: successor } = await cluster.event('worker-up', 3);
  await roundTrip();
  const pids = [cluster.pid, other, Number(successor)].sort((a, b) => a - b);
  expect(pidsOf(await board.getStatus('level', 10_000))).toEqual(pids);
  await expect(board.getStatus('livel')).rejects.toMatchObject({ code: 'TROUPE_ERR_IPC_UNKNOWN_STATUS' });
  await stops(cluster);
});

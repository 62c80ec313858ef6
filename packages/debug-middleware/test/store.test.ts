import { expect, test } from 'vitest';
import { heartbeat } from '../../../test/harness/heartbeat.ts';
import { History, STEP } from '../src/cluster/history.ts';
import type { ClusterView } from '../src/view.ts';
import { initialState, serverTime, withDelta, withWhole } from '../ui/store.ts';
import { workerOf } from './fake-cluster.ts';

const view = (...pids: number[]): ClusterView => ({
  at: 500,
  problem: null,
  cluster: null,
  traffic: null,
  cacheManager: null,
  latency: null,
  workers: pids.map(pid => ({ ...workerOf(pid), trend: [] })),
  exits: [],
});

test('workers come, change and go by what is told; the others keep their order', () => {
  const before = withWhole(initialState, 'cluster', view(1, 2, 3), 10);
  const workers = [
    { ...workerOf(4), trend: [] },
    { ...workerOf(3, { state: 'paused' as const }), trend: [] },
  ];
  const after = withDelta(before, 'cluster', { at: 600, problem: null, workers, gone: [1] }, 20);
  expect(after.cluster?.workers.map(({ pid, state }) => `${pid} ${state}`)).toEqual(['2 ready', '3 paused', '4 ready']);
  expect(after).toMatchObject({ connection: 'live', heardAt: 20 });
});

test('a change without the whole is nothing', () => {
  expect(withDelta(initialState, 'cluster', { at: 1, problem: null }, 1)).toBe(initialState);
});

test('the server’s clock goes on between two messages', () => {
  expect(serverTime(withWhole(initialState, 'cluster', view(), 10_000), 10_250)).toBe(750);
});

test('what the charts are told piece by piece is what they would be told as a whole', () => {
  const history = new History();
  const start = 1_000 * STEP;
  history.record(heartbeat({ pid: 1, tps: 1 }), start);
  let state = withWhole(initialState, 'charts', history.whole(start), 0);
  history.changes(start);
  for (let slot = 1; slot < 10; slot++) {
    const at = start + slot * STEP;
    history.record(heartbeat({ pid: slot % 2 ? 1 : 2, tps: slot }), at);
    const changes = history.changes(at);
    if (changes) state = withDelta(state, 'charts', changes, 0);
  }
  expect(state.charts).toEqual(history.whole(start + 9 * STEP));
});

import { expect, test } from 'vitest';
import { heartbeat } from '../../../test/harness/heartbeat.ts';
import type { ClusterView, WorkerView } from '../src/view.ts';
import { diagnose } from '../ui/diagnosis.ts';
import { exitOf, leaseOf, reportOf, trafficOf, workerOf } from './fake-cluster.ts';

const NOW = 1_000_000_000;

function viewOf(change: Partial<ClusterView> = {}): ClusterView {
  const workers = [worker(11), worker(12)];
  return {
    at: NOW,
    problem: null,
    cluster: reportOf({}),
    traffic: trafficOf({}),
    cacheManager: null,
    latency: null,
    workers,
    exits: [],
    ...change,
  };
}

function worker(pid: number, change: Partial<WorkerView> = {}): WorkerView {
  return { ...workerOf(pid), beat: heartbeat({ pid }), heardAt: NOW - 1_000, trend: [], ...change };
}

const texts = (view: ClusterView) => diagnose(view, NOW).map(({ level, text }) => `${level}: ${text}`);

test('nothing is wrong with a cluster that is well', () => {
  expect(texts(viewOf())).toEqual([]);
});

test('a cluster that is marked down can be marked up from here', () => {
  const traffic = trafficOf({ up: false, mark: 'down', reasons: ['Marked down by ann.'] });
  expect(diagnose(viewOf({ traffic }), NOW)).toMatchObject([
    { level: 'bad', text: 'Marked down by ann.', remedy: { action: { type: 'mark', mark: 'up' } } },
  ]);
});

test.each<[string, Partial<ClusterView>]>([
  ['bad: The master does not answer.', { problem: 'no answer in 1500 ms' }],
  ['warn: 1 of 2 workers take traffic.', { traffic: trafficOf({ ready: 1 }), workers: [worker(11)] }],
  ['warn: Worker 12 is paused.', { workers: [worker(11), worker(12, { state: 'paused' })] }],
  ['bad: Worker 12 has said nothing for 20 s.', { workers: [worker(12, { heardAt: NOW - 20_000 })] }],
  [
    'bad: Worker 12 has used 95 % of its heap (1.77 GB).',
    { workers: [worker(12, { beat: heartbeat({ pid: 12, heap: { used: 1.9e9, total: 2e9, limit: 2e9 } }) })] },
  ],
  [
    'warn: Worker 12 is late by 900 ms.',
    { workers: [worker(12, { beat: heartbeat({ pid: 12, eventLoop: { utilization: 1, p50: 2, p99: 900 } }) })] },
  ],
  [
    'warn: Worker 12 answers 20 % of its requests with a server error.',
    { workers: [worker(12, { beat: heartbeat({ pid: 12, transactions: 100, error: { count: 20, fatal: 0 } }) })] },
  ],
  ['warn: 1 worker died in the last 5 minutes.', { exits: [exitOf(9, { at: NOW - 60_000 })] }],
  [
    'warn: The program of worker 12 is paused, in rotation.',
    { workers: [worker(12, { debugged: true, lease: leaseOf(12, { aside: false, paused: true }) })] },
  ],
  [
    'info: Reload to generation 2.',
    { cluster: reportOf({ reload: { generation: 2, stage: 'joining', ready: 1, total: 2 } }) },
  ],
  ['info: Worker 12 is being replaced.', { cluster: reportOf({ replacing: { pid: 12, reason: 'old' } }) }],
])('%s', (text, change) => {
  expect(texts(viewOf(change))).toEqual([text]);
});

test('what somebody asked for, or debugs, or what is long past, is no finding', () => {
  const exits = [exitOf(8, { asked: true, at: NOW }), exitOf(9, { at: NOW - 10 * 60_000 })];
  const lease = leaseOf(12, { paused: true });
  const workers = [worker(11), worker(12, { state: 'paused', debugged: true, lease, heardAt: NOW - 60_000 })];
  expect(texts(viewOf({ exits, workers }))).toEqual([]);
});

test('the worst comes first', () => {
  const workers = [worker(11, { state: 'paused' }), worker(12, { heardAt: NOW - 60_000 })];
  expect(diagnose(viewOf({ workers }), NOW).map(({ level }) => level)).toEqual(['bad', 'warn']);
});

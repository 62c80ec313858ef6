import type { Autopsy } from '@troupe/ipc';
import { describe, expect, test } from 'vitest';
import { heartbeat } from '../../../test/harness/heartbeat.ts';
import { isAboutMemory } from '../src/autopsy/about-memory.ts';
import { Autopsies } from '../src/autopsy/autopsies.ts';
import { tell } from '../src/autopsy/tell.ts';
import { assertConnections } from '../src/recycling/assert-connections.ts';
import { assertHeap, assertOld } from '../src/recycling/index.ts';
import { initialState, type State } from '../src/supervisor/state.ts';

describe('for which reasons there is an autopsy', () => {
  test.each([
    ['assertHeap', assertHeap(1)(heartbeat({ heap: { used: 2, total: 2, limit: 1 } })), true],
    ['assertBadGC', 'it serves 1.0 requests per second, with more CPU, memory and garbage collection', true],
    ['somebody’s own', 'RSS above 1 GB', true],
    ['assertOld', assertOld(1)(heartbeat({ uptime: 10 })), false],
    ['assertConnections', assertConnections(1)(heartbeat({ totalConnections: 2 })), false],
    ['no reason given', 'shouldKill asked for it', false],
  ])('%s', (_what, reason, expected) => {
    expect(isAboutMemory(String(reason))).toBe(expected);
  });
});

describe('in one line', () => {
  const autopsy: Autopsy = {
    pid: 7,
    at: 0,
    reason: 'heap',
    against: 9,
    objects: 60_000,
    growing: [
      { name: 'Session', count: 48_300, young: 89 },
      { name: '{id, at}', count: 500, young: 0 },
    ],
    collections: [{ kind: 'Map', size: 48_300, of: 'Session' }],
  };
  test.each([
    [
      'what it has found',
      {},
      'autopsy of worker 7: 48,211 more of Session, 500 more of {id, at}; compared with 9; its largest collection: Map of 48,300 Session',
    ],
    [
      'nothing',
      { growing: [], against: undefined, collections: [] },
      'autopsy of worker 7: no class has grown among 60,000 objects; there is no younger one to compare with',
    ],
    ['a failure', { problem: 'it ended' }, 'autopsy of worker 7: none, it ended'],
  ])('%s', (_what, change, line) => {
    expect(tell({ ...autopsy, ...change })).toBe(line);
  });
});

describe('whom it is about', () => {
  const policy = {
    wanted: 1,
    startTimeout: 1,
    warmUpTimeout: 1,
    stopTimeout: 1,
    tolerance: null,
    canary: 0,
  };
  /** Worker 1 is replaced by worker 2. */
  function autopsies(change: Partial<NonNullable<State['current']>> = {}, enable = true) {
    const state: State = { ...initialState(policy), phase: 'serving' };
    state.current = { predecessor: 1, successor: 2, kind: 'recycle', reason: 'its heap uses 9 MB', ...change };
    const warned: string[] = [];
    const log = { info: () => undefined, warn: (text: string) => void warned.push(text) };
    const made = new Autopsies({
      client: { handle: () => () => undefined },
      log,
      socket: '',
      settings: { enable, timeout: 1, maxHeap: 1 },
      state: () => state,
      pidOf: id => 100 + id,
      kill: () => undefined,
    });
    return { made, state, warned };
  }

  test('the successor of a worker that is replaced for its memory, then that worker', () => {
    const { made } = autopsies();
    expect([made.begins(3), made.wants(1)]).toEqual([false, false]);
    expect([made.begins(2), made.wants(1), made.wants(2)]).toEqual([true, true, false]);
  });

  test.each([
    ['replaced for another reason', { reason: 'it is 9 s old' }, true],
    ['retired by somebody', { kind: 'retire' as const }, true],
    ['switched off', {}, false],
  ])('%s: nobody', (_what, change, enable) => {
    const { made } = autopsies(change, enable);
    expect([made.begins(2), made.wants(1)]).toEqual([false, false]);
  });

  test('a second successor is not counted: what failed the first one may have been that', () => {
    const { made, state } = autopsies();
    made.begins(2);
    if (state.current) state.current = { ...state.current, successor: 3 };
    expect([made.begins(3), made.wants(1)]).toEqual([false, true]);
  });

  test('one that ends before is said to have, and nothing is kept of it', () => {
    const { made, warned } = autopsies();
    made.begins(2);
    expect(made.take({ id: 1, pid: 101 }, 'was killed by SIGABRT')?.problem).toMatch(
      /before .*: was killed by SIGABRT/,
    );
    expect(warned).toHaveLength(1);
    expect(made.take({ id: 1, pid: 101 }, 'again')).toBeUndefined();
  });

  test('a cluster that stops waits for none', () => {
    const { made, state } = autopsies();
    made.begins(2);
    state.phase = 'stopping';
    expect(made.wants(1)).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import { type Effect, type Input, initialState, type Policy, type State } from '../src/supervisor/state.ts';
import { step } from '../src/supervisor/step.ts';
import { nextDeadline } from '../src/supervisor/timing.ts';

const POLICY: Policy = { wanted: 2, startTimeout: 60_000, warmUpTimeout: 60_000, stopTimeout: 10_000 };

/** Plays inputs against the core and keeps what it wanted done, as a person would write it down. */
class Transcript {
  state: State;
  now = 0;

  constructor(policy: Partial<Policy> = {}) {
    this.state = initialState({ ...POLICY, ...policy });
  }

  take(input: Input): string[] {
    const next = step(this.state, input, this.now);
    this.state = next.state;
    return next.effects.map(describeEffect);
  }

  /** Lets time pass until the next deadline, or to `until`. */
  wait(until: number): string[] {
    this.now = until;
    return this.take({ type: 'time' });
  }

  ready(id: number): string[] {
    return (['configuring', 'warming', 'ready'] as const).flatMap(state => this.take({ type: 'stage', id, state }));
  }

  dies(id: number, signal = 'SIGKILL'): string[] {
    return this.take({ type: 'exited', id, code: null, signal, random: 0.5 });
  }

  /** A cluster that serves. */
  static serving(policy: Partial<Policy> = {}): Transcript {
    const transcript = new Transcript(policy);
    transcript.take({ type: 'start' });
    for (const { id } of transcript.state.workers) transcript.ready(id);
    return transcript;
  }
}

function describeEffect(effect: Effect): string {
  switch (effect.type) {
    case 'fork':
      return `fork ${effect.id} in slot ${effect.slot}`;
    case 'leave':
      return `leave ${effect.ids.join(' ')}`;
    case 'kill':
      return `${effect.signal} ${effect.id}`;
    case 'start-failed':
      return `start failed: ${effect.failure.kind} in ${effect.failure.stage}: ${effect.failure.detail}`;
    default:
      return effect.type;
  }
}

describe('starting', () => {
  test('forks all at once, and has started when the last one is ready', () => {
    const cluster = new Transcript();
    expect(cluster.take({ type: 'start' })).toEqual(['fork 1 in slot 0', 'fork 2 in slot 1']);
    expect(cluster.ready(1)).toEqual([]);
    expect(cluster.ready(2)).toEqual(['started']);
    expect(cluster.state.phase).toBe('serving');
  });

  test('defect: listen never rejected — a stage that fails ends the start at once', () => {
    const cluster = new Transcript();
    cluster.take({ type: 'start' });
    cluster.ready(1);
    const failed = cluster.take({ type: 'failed', id: 2, stage: 'configureApp', error: { message: 'no database' } });
    expect(failed).toEqual(['start failed: stage-failed in configureApp: no database', 'leave 1']);
    expect(cluster.dies(2)).toEqual([]);
    expect(cluster.dies(1)).toEqual(['stopped']);
  });

  test('a worker that dies is forked again: at once, after a second, after two, until startTimeout', () => {
    const cluster = new Transcript({ wanted: 1, startTimeout: 5_000 });
    cluster.take({ type: 'start' });
    expect(cluster.dies(1)).toEqual(['fork 2 in slot 0']);
    expect(cluster.dies(2)).toEqual([]);
    expect(nextDeadline(cluster.state)).toBe(1_000);
    expect(cluster.wait(1_000)).toEqual(['fork 3 in slot 0']);
    expect(cluster.dies(3)).toEqual([]);
    expect(cluster.wait(3_000)).toEqual(['fork 4 in slot 0']);
    expect(cluster.dies(4)).toEqual([]);
    expect(nextDeadline(cluster.state)).toBe(5_000);
    expect(cluster.wait(5_000)).toEqual(['start failed: start-timeout in fork: was killed by SIGKILL', 'stopped']);
  });

  test('a worker that never settles is ended, and the start with it', () => {
    const cluster = new Transcript({ startTimeout: 5_000 });
    cluster.take({ type: 'start' });
    cluster.ready(1);
    cluster.take({ type: 'stage', id: 2, state: 'configuring' });
    expect(cluster.wait(5_000)).toEqual([
      'SIGKILL 2',
      'start failed: stage-timeout in configureApp: configureApp has not settled',
      'leave 1',
    ]);
  });

  test('a warm-up may outlast startTimeout, up to warmUpTimeout', () => {
    const cluster = new Transcript({ wanted: 1, startTimeout: 5_000, warmUpTimeout: 20_000 });
    cluster.take({ type: 'start' });
    cluster.take({ type: 'stage', id: 1, state: 'warming' });
    expect(cluster.wait(20_000)).toEqual([]);
    expect(cluster.wait(21_000)).toContain('start failed: stage-timeout in warmUp: warmUp has not settled');
  });

  test('a fork that the system refuses counts as a crash', () => {
    const cluster = new Transcript({ wanted: 1 });
    cluster.take({ type: 'start' });
    expect(cluster.take({ type: 'fork-failed', id: 1, reason: 'EAGAIN', random: 0.5 })).toEqual(['fork 2 in slot 0']);
  });
});

describe('serving', () => {
  test('a crashed worker is replaced at once, a crash loop with a growing pause', () => {
    const cluster = Transcript.serving();
    expect(cluster.dies(1)).toEqual(['fork 3 in slot 0']);
    expect(cluster.dies(3)).toEqual([]);
    expect(cluster.wait(999)).toEqual([]);
    expect(cluster.wait(1_000)).toEqual(['fork 4 in slot 0']);
  });

  test('the pause has a limit, and trying has none', () => {
    const cluster = Transcript.serving({ wanted: 1 });
    for (let id = 1; id < 40; id++) {
      cluster.dies(id);
      const due = nextDeadline(cluster.state);
      expect((due ?? cluster.now) - cluster.now).toBeLessThanOrEqual(60_000);
      if (due !== null) cluster.wait(due);
    }
    expect(cluster.state.phase).toBe('serving');
    expect(cluster.state.workers).toHaveLength(1);
  });

  test('a worker that has served for a while makes up for earlier crashes', () => {
    const cluster = Transcript.serving({ wanted: 1 });
    cluster.dies(1);
    cluster.ready(2);
    cluster.wait(10_000);
    expect(cluster.dies(2)).toEqual(['fork 3 in slot 0']);
  });

  test('a successor that fails to start is tried again later, and nothing else changes', () => {
    const cluster = Transcript.serving();
    cluster.dies(1);
    expect(cluster.take({ type: 'failed', id: 3, stage: 'warmUp', error: { message: 'x' } })).toEqual([]);
    expect(cluster.take({ type: 'exited', id: 3, code: 1, signal: null, random: 0.5 })).toEqual([]);
    expect(cluster.wait(1_000)).toEqual(['fork 4 in slot 0']);
    expect(cluster.state.phase).toBe('serving');
  });

  test('a worker that failed and does not go is killed', () => {
    const cluster = Transcript.serving();
    cluster.dies(1);
    cluster.take({ type: 'failed', id: 3, stage: 'warmUp', error: { message: 'x' } });
    expect(cluster.wait(1_800)).toEqual(['SIGTERM 3']);
    expect(cluster.wait(2_000)).toEqual(['SIGKILL 3']);
    expect(nextDeadline(cluster.state)).toBeNull();
  });

  test('a worker that was sent SIGTERM leaves in order and is replaced', () => {
    const cluster = Transcript.serving();
    expect(cluster.take({ type: 'terminate', id: 1 })).toEqual(['leave 1']);
    expect(cluster.take({ type: 'exited', id: 1, code: 0, signal: null, random: 0.5 })).toEqual(['fork 3 in slot 0']);
  });

  test('a worker that repeats its stage after a reconnect changes nothing', () => {
    const cluster = Transcript.serving();
    const before = cluster.state;
    expect(cluster.take({ type: 'stage', id: 1, state: 'ready' })).toEqual([]);
    expect(cluster.state).toEqual(before);
  });

  test('messages of workers that are gone mean nothing', () => {
    const cluster = Transcript.serving();
    expect(cluster.take({ type: 'stage', id: 99, state: 'ready' })).toEqual([]);
    expect(cluster.dies(99)).toEqual([]);
  });
});

describe('stopping', () => {
  test('all leave together; the late are sent SIGTERM, then SIGKILL; the last one gone ends it', () => {
    const cluster = Transcript.serving();
    expect(cluster.take({ type: 'stop' })).toEqual(['leave 1 2']);
    expect(cluster.take({ type: 'exited', id: 1, code: 0, signal: null, random: 0 })).toEqual([]);
    expect(nextDeadline(cluster.state)).toBe(9_000);
    expect(cluster.wait(9_000)).toEqual(['SIGTERM 2']);
    expect(cluster.wait(10_000)).toEqual(['SIGKILL 2']);
    expect(cluster.dies(2)).toEqual(['stopped']);
  });

  test('before anything was forked', () => {
    expect(new Transcript().take({ type: 'stop' })).toEqual(['stopped']);
  });

  test('while a crashed worker waits for its successor', () => {
    const cluster = Transcript.serving({ wanted: 1 });
    cluster.dies(1);
    cluster.dies(2);
    expect(cluster.take({ type: 'stop' })).toEqual(['stopped']);
    expect(nextDeadline(cluster.state)).toBeNull();
  });

  test('a second stop changes nothing', () => {
    const cluster = Transcript.serving();
    cluster.take({ type: 'stop' });
    expect(cluster.take({ type: 'stop' })).toEqual([]);
  });
});

test('a phase that cannot follow is an error that names both', () => {
  const cluster = Transcript.serving();
  expect(() => cluster.take({ type: 'start' })).toThrow('from serving to starting');
});

test('the core changes no state that it was given', () => {
  const cluster = Transcript.serving();
  const before = structuredClone(cluster.state);
  step(cluster.state, { type: 'stop' }, 5);
  expect(cluster.state).toEqual(before);
});

import { describe, expect, test } from 'vitest';
import { type Effect, type Input, initialState, type Policy, type State } from '../src/supervisor/state.ts';
import { step } from '../src/supervisor/step.ts';

const POLICY: Policy = {
  wanted: 2,
  startTimeout: 60_000,
  warmUpTimeout: 60_000,
  stopTimeout: 10_000,
  tolerance: null,
  canary: 0,
};

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

  exits(id: number): string[] {
    return this.take({ type: 'exited', id, code: 0, signal: null, random: 0.5 });
  }

  old(id: number): string[] {
    return this.take({ type: 'replace', id, kind: 'recycle', reason: 'old' });
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
      return `fork ${effect.id} in slot ${effect.slot}${effect.waits ? ', to wait' : ''}`;
    case 'leave':
      return `leave ${effect.ids.join(' ')}`;
    case 'kill':
      return `${effect.signal} ${effect.id}`;
    case 'start-failed':
      return `start failed: ${effect.failure.kind} in ${effect.failure.stage}: ${effect.failure.detail}`;
    case 'pause':
    case 'resume':
    case 'watch':
      return `${effect.type} ${effect.id}`;
    case 'set-aside':
      return `${effect.id} aside for ${effect.successor}`;
    case 'replacing':
    case 'replaced':
      return `${effect.type} ${effect.predecessor} by ${effect.successor}: ${effect.reason}`;
    case 'not-replaced':
      return `${effect.predecessor} not replaced: ${effect.problem}`;
    case 'reload-failed':
      return `reload failed: ${effect.problem}`;
    case 'reload-committed':
    case 'reloaded':
      return effect.skipped.length > 0 ? `${effect.type}, without ${effect.skipped.join(' ')}` : effect.type;
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
    expect(cluster.state.wakeAt).toBe(1_000);
    expect(cluster.wait(1_000)).toEqual(['fork 3 in slot 0']);
    expect(cluster.dies(3)).toEqual([]);
    expect(cluster.wait(3_000)).toEqual(['fork 4 in slot 0']);
    expect(cluster.dies(4)).toEqual([]);
    expect(cluster.state.wakeAt).toBe(5_000);
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
      const due = cluster.state.wakeAt;
      expect((due ?? cluster.now) - cluster.now).toBeLessThanOrEqual(60_000);
      if (due !== null) cluster.wait(due);
    }
    expect(cluster.state.phase).toBe('serving');
    expect(cluster.state.workers).toHaveLength(1);
  });

  test.each([
    [0, 1],
    [0.5, 2],
    [0.999, 4],
  ])(
    'a crash loop, with %d drawn and %d workers: 5 forks each at the most in the first 10 s, then no more, in the end one',
    (random, wanted) => {
      const cluster = Transcript.serving({ wanted });
      const forks: number[] = [];
      while (cluster.now < 120_000) {
        const [worker] = cluster.state.workers;
        const effects = worker
          ? cluster.take({ type: 'exited', id: worker.id, code: 1, signal: null, random })
          : cluster.wait(cluster.state.wakeAt ?? Infinity);
        for (const effect of effects) if (effect.startsWith('fork')) forks.push(cluster.now);
      }
      const inWindow = (n: number) => forks.filter(at => Math.floor(at / 10_000) === n).length;
      expect(inWindow(0)).toBeLessThanOrEqual(5 * wanted);
      for (let n = 1; n < 12; n++) expect(inWindow(n)).toBeLessThanOrEqual(inWindow(0));
      expect(inWindow(11)).toBeLessThanOrEqual(wanted);
    },
  );

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
    expect(cluster.state.wakeAt).toBeNull();
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

describe('the death queue', () => {
  test('successor first, then the predecessor leaves, then the next; defect: the third and later ran at once', () => {
    const cluster = Transcript.serving({ wanted: 3 });
    expect(cluster.old(1)).toEqual(['fork 4 in slot 0', 'replacing 1 by 4: old']);
    expect(cluster.old(2)).toEqual([]);
    expect(cluster.old(3)).toEqual([]);
    expect(cluster.ready(4)).toEqual(['leave 1']);
    expect(cluster.exits(1)).toEqual(['replaced 1 by 4: old', 'fork 5 in slot 1', 'replacing 2 by 5: old']);
    expect(cluster.ready(5)).toEqual(['leave 2']);
    expect(cluster.exits(2)).toEqual(['replaced 2 by 5: old', 'fork 6 in slot 2', 'replacing 3 by 6: old']);
  });

  test('a worker is queued once', () => {
    const cluster = Transcript.serving();
    cluster.old(1);
    cluster.old(2);
    cluster.old(2);
    cluster.old(1);
    expect(cluster.state.queue).toHaveLength(1);
  });

  test('defect: the queue wedged and the old worker was killed — a successor that fails changes nothing and frees the queue', () => {
    const cluster = Transcript.serving();
    cluster.old(1);
    cluster.old(2);
    const failed = cluster.take({ type: 'failed', id: 3, stage: 'warmUp', error: { message: 'no' } });
    expect(failed).toEqual(['1 not replaced: warmUp failed: no', 'fork 4 in slot 1', 'replacing 2 by 4: old']);
    expect(cluster.state.workers.find(({ id }) => id === 1)?.state).toBe('ready');
  });

  test('after a failed successor the next one waits', () => {
    const cluster = Transcript.serving();
    cluster.old(1);
    cluster.dies(3);
    expect(cluster.old(1)).toEqual([]);
    expect(cluster.state.wakeAt).toBe(1_000);
    expect(cluster.wait(1_000)).toEqual(['fork 4 in slot 0', 'replacing 1 by 4: old']);
  });

  test('a predecessor that dies meanwhile leaves its place to the successor', () => {
    const cluster = Transcript.serving();
    cluster.old(1);
    expect(cluster.dies(1)).toEqual(['replaced 1 by 3: old']);
    expect(cluster.state.workers.map(({ id }) => id)).toEqual([2, 3]);
    expect(cluster.dies(3)).toEqual([]);
    expect(cluster.wait(1_000)).toEqual(['fork 4 in slot 0']);
  });

  test('a predecessor that does not go is sent SIGTERM, then SIGKILL', () => {
    const cluster = Transcript.serving();
    cluster.old(1);
    cluster.ready(3);
    expect(cluster.wait(9_000)).toEqual(['SIGTERM 1']);
    expect(cluster.wait(10_000)).toEqual(['SIGKILL 1']);
    expect(cluster.dies(1)).toEqual(['replaced 1 by 3: old']);
  });
});

describe('the nanny', () => {
  test('defect: never fired — a silent worker is replaced, and killed soon since it cannot hear', () => {
    const cluster = Transcript.serving({ tolerance: 30_000 });
    cluster.now = 20_000;
    cluster.take({ type: 'beat', id: 2 });
    expect(cluster.state.wakeAt).toBe(30_000);
    expect(cluster.wait(30_000)).toEqual(['fork 3 in slot 0', 'replacing 1 by 3: silent for 30 s']);
    expect(cluster.ready(3)).toEqual(['leave 1']);
    expect(cluster.wait(31_800)).toEqual(['SIGTERM 1']);
    expect(cluster.wait(32_000)).toEqual(['SIGKILL 1']);
  });

  test('leaves a worker alone while somebody debugs it', () => {
    const cluster = Transcript.serving({ tolerance: 30_000 });
    cluster.take({ type: 'debug', id: 1, aside: false });
    cluster.take({ type: 'debug', id: 2, aside: false });
    expect(cluster.state.wakeAt).toBeNull();
    expect(cluster.wait(90_000)).toEqual([]);
    cluster.take({ type: 'undebug', id: 1, next: 'return' });
    expect(cluster.state.wakeAt).toBe(120_000);
  });

  test('a lease that begins while the successor warms up ends the successor', () => {
    const cluster = Transcript.serving({ tolerance: 30_000 });
    cluster.wait(30_000);
    cluster.take({ type: 'debug', id: 1, aside: false });
    expect(cluster.ready(3)).toContain('1 not replaced: somebody debugs it');
    expect(cluster.state.workers.find(({ id }) => id === 3)?.state).toBe('retiring');
  });

  test('a worker that is heard again while it waits for its turn stays', () => {
    const cluster = Transcript.serving({ tolerance: 30_000 });
    expect(cluster.wait(30_000)).toEqual(['fork 3 in slot 0', 'replacing 1 by 3: silent for 30 s']);
    cluster.take({ type: 'beat', id: 2 });
    cluster.ready(3);
    expect(cluster.dies(1)).toEqual(['replaced 1 by 3: silent for 30 s']);
  });

  test('… unless it has to go for another reason, too', () => {
    const cluster = Transcript.serving({ tolerance: 30_000 });
    cluster.wait(30_000);
    expect(cluster.old(2)).toEqual([]);
    cluster.take({ type: 'beat', id: 2 });
    cluster.ready(3);
    expect(cluster.dies(1)).toContain('replacing 2 by 4: old');
  });

  test('one that is heard again when its successor is on its way leaves in order, with all its time', () => {
    const cluster = Transcript.serving({ tolerance: 30_000 });
    cluster.wait(30_000);
    cluster.take({ type: 'beat', id: 1 });
    expect(cluster.ready(3)).toEqual(['leave 1']);
    expect(cluster.state.workers.find(({ id }) => id === 1)?.leaving).toEqual({ termAt: 39_000, killAt: 40_000 });
  });

  test('a master that slept cannot tell who was silent: everybody has the whole tolerance again', () => {
    const cluster = Transcript.serving({ tolerance: 30_000 });
    expect(cluster.wait(600_000)).toEqual([]);
    expect(cluster.state.wakeAt).toBe(630_000);
    // A second late is busy, not asleep.
    expect(cluster.wait(631_000)).toContain('replacing 1 by 3: silent for 31 s');
  });
});

describe('pausing', () => {
  test('a paused worker keeps its place and comes back', () => {
    const cluster = Transcript.serving();
    expect(cluster.take({ type: 'pause', id: 1 })).toEqual(['pause 1']);
    expect(cluster.take({ type: 'pause', id: 1 })).toEqual([]);
    expect(cluster.take({ type: 'stage', id: 1, state: 'ready' })).toEqual([]);
    expect(cluster.take({ type: 'resume', id: 1 })).toEqual(['resume 1']);
  });
});

describe('scaling', () => {
  test('up forks at once, down lets the last ones leave', () => {
    const cluster = Transcript.serving();
    expect(cluster.take({ type: 'scale', wanted: 4 })).toEqual(['fork 3 in slot 2', 'fork 4 in slot 3']);
    cluster.ready(3);
    cluster.ready(4);
    expect(cluster.take({ type: 'scale', wanted: 1 })).toEqual(['leave 2', 'leave 3', 'leave 4']);
    for (const id of [2, 3, 4]) expect(cluster.exits(id)).toEqual([]);
    expect(cluster.state.slots.map(({ index }) => index)).toEqual([0]);
  });
});

describe('reloading', () => {
  test('successors join one at a time beside the old generation, which leaves when all are there', () => {
    const cluster = Transcript.serving();
    expect(cluster.take({ type: 'reload' })).toEqual(['reload-begun', 'fork 3 in slot 0']);
    expect(cluster.ready(3)).toEqual(['fork 4 in slot 1']);
    expect(cluster.ready(4)).toEqual(['reload-committed', 'leave 1 2']);
    expect(cluster.exits(1)).toEqual([]);
    expect(cluster.exits(2)).toEqual(['reloaded']);
    expect(cluster.state.workers.map(({ generation }) => generation)).toEqual([2, 2]);
  });

  test('the first one is watched, and a bad verdict rolls back', () => {
    const cluster = Transcript.serving({ canary: 5_000 });
    cluster.take({ type: 'reload' });
    expect(cluster.ready(3)).toEqual(['watch 3']);
    expect(cluster.take({ type: 'verdict', generation: 2, problem: 'answers 500' })).toEqual([
      'leave 3',
      'reload failed: answers 500',
    ]);
    expect(cluster.state.workers.filter(({ state }) => state === 'ready').map(({ id }) => id)).toEqual([1, 2]);
  });

  test('a good verdict lets the others follow', () => {
    const cluster = Transcript.serving({ canary: 5_000 });
    cluster.take({ type: 'reload' });
    cluster.ready(3);
    expect(cluster.take({ type: 'verdict', generation: 2, problem: null })).toEqual(['fork 4 in slot 1']);
  });

  test.each(['fails', 'dies', 'never comes'])('a later successor that %s rolls all of them back', how => {
    const cluster = Transcript.serving();
    cluster.take({ type: 'reload' });
    cluster.ready(3);
    const effects =
      how === 'fails'
        ? cluster.take({ type: 'failed', id: 4, stage: 'warmUp', error: { message: 'no' } })
        : how === 'dies'
          ? cluster.dies(4)
          : cluster.wait(60_000);
    expect(effects).toContain('leave 3');
    expect(effects.at(-1) === 'SIGKILL 4' || effects.at(-1)?.startsWith('reload failed')).toBe(true);
    expect(cluster.state.workers.filter(({ state }) => state === 'ready').map(({ id }) => id)).toEqual([1, 2]);
    cluster.exits(3);
    expect(cluster.state.workers.filter(({ state }) => state === 'ready')).toHaveLength(2);
  });

  test('one that is asked for while another runs follows it', () => {
    const cluster = Transcript.serving({ wanted: 1 });
    cluster.take({ type: 'reload' });
    expect(cluster.take({ type: 'reload' })).toEqual([]);
    cluster.ready(2);
    expect(cluster.exits(1)).toEqual(['reloaded', 'reload-begun', 'fork 3 in slot 0']);
  });

  test('debugged workers are skipped and listed', () => {
    const cluster = Transcript.serving();
    cluster.take({ type: 'debug', id: 1, aside: false });
    expect(cluster.take({ type: 'reload' })).toEqual(['reload-begun', 'fork 3 in slot 1']);
    expect(cluster.ready(3)).toEqual(['reload-committed, without 1', 'leave 2']);
    expect(cluster.exits(2)).toEqual(['reloaded, without 1']);
  });

  test('waits for a replacement under way, and replacements wait for it', () => {
    const cluster = Transcript.serving();
    cluster.old(1);
    expect(cluster.take({ type: 'reload' })).toEqual([]);
    cluster.ready(3);
    expect(cluster.exits(1)).toEqual(['replaced 1 by 3: old', 'reload-begun', 'fork 4 in slot 1']);
    expect(cluster.old(2)).toEqual([]);
  });

  test('a stop ends it', () => {
    const cluster = Transcript.serving();
    cluster.take({ type: 'reload' });
    cluster.ready(3);
    expect(cluster.take({ type: 'stop' })).toEqual(['reload failed: the cluster stops', 'leave 1 2 3 4']);
  });
});

describe('debugging', () => {
  const aside = { type: 'debug', id: 1, aside: true } as const;
  const finish = (next: 'return' | 'leave') => ({ type: 'undebug', id: 1, next }) as const;

  /** Worker 1 stands aside, and 3 has its place. */
  function standingAside(policy: Partial<Policy> = {}): Transcript {
    const cluster = Transcript.serving(policy);
    cluster.take(aside);
    cluster.ready(3);
    return cluster;
  }

  test('a successor takes the place first; then the worker stands aside, and the next replacement has its turn', () => {
    const cluster = Transcript.serving();
    expect(cluster.take(aside)).toEqual(['fork 3 in slot 0', 'replacing 1 by 3: somebody debugs it']);
    expect(cluster.old(2)).toEqual([]);
    expect(cluster.ready(3)).toEqual(['pause 1', '1 aside for 3', 'fork 4 in slot 1', 'replacing 2 by 4: old']);
  });

  test('it takes its place back, and its successor leaves', () => {
    const cluster = standingAside();
    expect(cluster.take(finish('return'))).toEqual(['resume 1', 'leave 3']);
  });

  test('it leaves: its place is taken', () => {
    const cluster = standingAside();
    expect(cluster.take(finish('leave'))).toEqual(['leave 1']);
    expect(cluster.exits(1)).toEqual([]);
  });

  test('its successor dies: another one is forked, as for any worker', () => {
    const cluster = standingAside();
    expect(cluster.dies(3)).toEqual(['fork 4 in slot 0']);
    cluster.ready(4);
    expect(cluster.take(finish('return'))).toEqual(['resume 1', 'leave 4']);
  });

  test('it dies: nothing is missing', () => {
    const cluster = standingAside();
    expect(cluster.dies(1)).toEqual([]);
  });

  test('no successor comes: it serves on, and nobody debugs it', () => {
    const cluster = Transcript.serving();
    cluster.take(aside);
    expect(cluster.dies(3)).toEqual(['1 not replaced: was killed by SIGKILL']);
    cluster.take(finish('return'));
    expect(cluster.state.workers.find(({ id }) => id === 1)).toMatchObject({ state: 'ready', aside: false });
  });

  test('one that was about to be replaced stands aside for the successor that is on its way', () => {
    const cluster = Transcript.serving();
    cluster.old(1);
    expect(cluster.take(aside)).toEqual([]);
    expect(cluster.ready(3)).toEqual(['pause 1', '1 aside for 3']);
  });

  test('one whose generation was reloaded meanwhile does not come back', () => {
    const cluster = standingAside();
    cluster.take({ type: 'reload' });
    for (const id of [4, 5]) cluster.ready(id);
    for (const id of [2, 3]) cluster.exits(id);
    expect(cluster.take(finish('return'))).toEqual(['leave 1']);
  });

  test('a fresh one has all the time to start, takes no traffic, and leaves or finds a place', () => {
    const cluster = Transcript.serving();
    expect(cluster.take({ type: 'debug-fresh' })).toEqual(['fork 3 in slot 0, to wait']);
    expect(cluster.wait(3_600_000)).toEqual([]);
    expect(cluster.ready(3)).toEqual(['pause 3']);
    expect(cluster.take({ type: 'undebug', id: 3, next: 'return' })).toEqual(['resume 3', 'leave 1']);
  });
});

describe('stopping', () => {
  test('all leave together; the late are sent SIGTERM, then SIGKILL; the last one gone ends it', () => {
    const cluster = Transcript.serving();
    expect(cluster.take({ type: 'stop' })).toEqual(['leave 1 2']);
    expect(cluster.take({ type: 'exited', id: 1, code: 0, signal: null, random: 0 })).toEqual([]);
    expect(cluster.state.wakeAt).toBe(9_000);
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
    expect(cluster.state.wakeAt).toBeNull();
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

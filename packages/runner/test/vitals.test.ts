import type { Heartbeat } from '@troupe/ipc';
import { expect, test } from 'vitest';
import { heartbeat } from '../../../test/harness/heartbeat.ts';
import { exitReason } from '../src/master/exit-reason.ts';
import { type RecyclingSettings, Vitals } from '../src/master/vitals.ts';
import type { Input } from '../src/supervisor/state.ts';

/** A master with one worker: pid 1 is the supervisor's number 10. */
function world(settings: Partial<RecyclingSettings>) {
  const inputs: Input[] = [];
  const errors: string[] = [];
  let listener: ((args: unknown[], from: number) => void) | undefined;
  const vitals = new Vitals({
    client: {
      onEvent: (_name, added) => {
        listener = added;
        return () => {
          listener = undefined;
        };
      },
    },
    log: { error: message => errors.push(String(message)) },
    settings: { maxAge: 1_000, ...settings },
    idOf: pid => (pid === 1 ? 10 : undefined),
    dispatch: input => inputs.push(input),
  });
  const hear = (beat: unknown, from = 1) => listener?.([beat], from);
  return { vitals, inputs, errors, hear, listens: () => listener !== undefined };
}

test('a heartbeat is kept, and shows that its worker lives', () => {
  const { vitals, inputs, hear } = world({});
  const beat = heartbeat();
  hear(beat);
  expect(inputs).toEqual([{ type: 'beat', id: 10 }]);
  expect(vitals.last(1)).toEqual(beat);
  expect(vitals.take(1)).toEqual(beat);
  expect(vitals.last(1)).toBeUndefined();
});

test('what is no heartbeat of a living worker is passed over', () => {
  const { vitals, inputs, hear } = world({});
  hear(heartbeat({ pid: 2 }), 2);
  hear(heartbeat({ pid: 2 }), 1);
  hear('heartbeat');
  hear(undefined);
  expect([inputs, vitals.last(1), vitals.last(2)]).toEqual([[], undefined, undefined]);
});

test.each<[string, Partial<RecyclingSettings>, Partial<Heartbeat>, RegExp]>([
  ['maxAge', {}, { uptime: 1_101 }, /1101 s old/],
  ['maxConnections', { maxConnections: 30 }, {}, /had 30 connections/],
  ['maxConnections beside shouldKill', { maxConnections: 30, shouldKill: () => false }, {}, /had 30/],
  ['a reason of shouldKill', { shouldKill: () => 'it smells' }, {}, /^it smells$/],
  ['shouldKill without a reason', { shouldKill: () => true }, {}, /shouldKill/],
])('replaced: %s', (_what, settings, change, reason) => {
  const { inputs, hear } = world(settings);
  hear(heartbeat(change));
  expect(inputs).toEqual([
    { type: 'beat', id: 10 },
    { type: 'replace', id: 10, kind: 'recycle', reason: expect.stringMatching(reason) },
  ]);
});

test.each<[string, Partial<RecyclingSettings>, Partial<Heartbeat>]>([
  ['fewer connections', { maxConnections: 31 }, {}],
  ['maxConnections: false', { maxConnections: false }, {}],
  ['maxAge 0', { maxAge: 0 }, { uptime: 1e9 }],
  ['an age that shouldKill does not ask about', { shouldKill: () => false }, { uptime: 1e9 }],
])('not replaced: %s', (_what, settings, change) => {
  const { inputs, hear } = world(settings);
  hear(heartbeat(change));
  expect(inputs).toEqual([{ type: 'beat', id: 10 }]);
});

test('a shouldKill that throws is reported, and counts as no', () => {
  const { inputs, errors, hear } = world({
    shouldKill: () => {
      throw new Error('a bug');
    },
  });
  hear(heartbeat());
  expect(inputs).toEqual([{ type: 'beat', id: 10 }]);
  expect(errors).toEqual([expect.stringMatching(/shouldKill threw.*worker 1/)]);
});

test('it stops listening', () => {
  const { vitals, listens } = world({});
  expect(listens()).toBe(true);
  vitals.close();
  expect(listens()).toBe(false);
});

const end = {
  code: null,
  signal: null,
  kind: 'exited',
  replaced: undefined,
  uncaught: undefined,
  heartbeat: undefined,
} as const;
const full = heartbeat({ heap: { used: 80 * 2 ** 20, total: 90 * 2 ** 20, limit: 100 * 2 ** 20 } });
const uncaught = { cmd: 'NODE_TROUPE_UNCAUGHT', message: 'Error: a bug', stack: undefined } as const;

test.each([
  [{ ...end, code: 3 }, 'exited with code 3'],
  [{ ...end, kind: 'error', code: 1, uncaught }, 'exited with code 1; uncaught error: Error: a bug'],
  // It was caught after all.
  [{ ...end, code: 0, uncaught }, 'exited with code 0'],
  [{ ...end, code: 0, kind: 'retire', replaced: 'it smells' }, 'exited with code 0; it was replaced: it smells'],
  [{ ...end, code: 0, kind: 'stop' }, 'exited with code 0; the cluster stops'],
  [{ ...end, code: 0, kind: 'reload' }, 'exited with code 0; a reload replaced it'],
  [{ ...end, code: 0, kind: 'surplus' }, 'exited with code 0; it was not needed any more'],
  // It died before it was told to leave.
  [{ ...end, code: 3, replaced: 'it smells' }, 'exited with code 3'],
  [{ ...end, kind: 'killed', signal: 'SIGTERM' }, 'was killed by SIGTERM'],
  [
    { ...end, kind: 'killed', signal: 'SIGKILL' },
    'was killed by SIGKILL; by somebody, or by the kernel when memory ran out',
  ],
  // It did not leave in time.
  [{ ...end, kind: 'stop', signal: 'SIGKILL' }, 'was killed by SIGKILL; the cluster stops'],
  [
    { ...end, kind: 'aborted', signal: 'SIGABRT', heartbeat: full },
    'was killed by SIGABRT; out of memory: its heap last used 80 of 100 MB',
  ],
  [
    { ...end, kind: 'aborted', signal: 'SIGABRT', heartbeat: heartbeat() },
    expect.stringMatching(/SIGABRT; out of memory, or a failure/),
  ],
] as const)('why it ended: %o', (known, reason) => {
  expect(exitReason(known)).toEqual(reason);
});

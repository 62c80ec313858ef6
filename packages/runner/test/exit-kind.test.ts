import { expect, test } from 'vitest';
import { ExitCounts } from '../src/master/exit-counts.ts';
import { EXIT_KINDS, exitKind } from '../src/master/exit-kind.ts';
import type { Reload, State, Worker } from '../src/supervisor/state.ts';

const worker = (state: Worker['state'], generation = 1) => ({ id: 1, state, generation }) as Worker;
const state = (some: Partial<State> = {}) =>
  ({ phase: 'serving', generation: 1, current: null, reload: null, ...some }) as State;
const current = { predecessor: 1, successor: 2, kind: 'recycle', reason: 'old' } as const;
const leaving = { generation: 2, stage: 'leaving', succeeded: [1] } as unknown as Reload;
const ended = { code: 0, signal: null, uncaught: undefined };
const uncaught = { cmd: 'x', message: 'Error: x', stack: undefined };

test.each([
  ['stop', state({ phase: 'stopping' }), worker('retiring'), ended],
  ['recycle', state({ current }), worker('retiring'), ended],
  ['nanny', state({ current: { ...current, kind: 'nanny' } }), worker('retiring'), { ...ended, signal: 'SIGKILL' }],
  ['reload', state({ generation: 2, reload: leaving }), worker('retiring'), ended],
  ['surplus', state(), worker('retiring'), ended],
  // A reload that failed has used its number up: it replaced nobody.
  ['surplus', state({ generation: 2 }), worker('retiring'), ended],
  // A successor that has come in vain, since somebody debugs the worker that it should succeed.
  ['surplus', state({ generation: 2, reload: { ...leaving, succeeded: [3] } }), worker('retiring', 2), ended],
  ['error', state(), worker('ready'), { code: 1, signal: null, uncaught }],
  ['exited', state(), worker('ready'), { code: 1, signal: null, uncaught: undefined }],
  ['exited', state(), worker('ready'), { code: 0, signal: null, uncaught }],
  ['aborted', state(), worker('ready'), { code: null, signal: 'SIGABRT', uncaught: undefined }],
  ['killed', state({ phase: 'stopping' }), worker('ready'), { code: null, signal: 'SIGKILL', uncaught: undefined }],
  ['exited', state(), undefined, ended],
] as const)('%s', (kind, before, who, end) => {
  expect(exitKind(before, { ...end, worker: who })).toBe(kind);
});

test('exits are counted by their kinds', () => {
  const counts = new ExitCounts();
  for (const kind of ['stop', 'killed', 'stop'] as const) counts.add(kind);
  expect(EXIT_KINDS.filter(kind => counts.of(kind) > 0).map(kind => [kind, counts.of(kind)])).toEqual([
    ['stop', 2],
    ['killed', 1],
  ]);
});

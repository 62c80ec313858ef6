import { expect, test } from 'vitest';
import { EXIT_KINDS, ExitCounts } from '../src/master/exit-counts.ts';
import type { Exit } from '../src/master/exit-log.ts';
import type { State, Worker } from '../src/supervisor/state.ts';

const worker = (state: Worker['state'], generation = 1) => ({ id: 1, state, generation }) as Worker;
const state = (some: Partial<State> = {}) => ({ phase: 'serving', generation: 1, current: null, ...some }) as State;
const current = { predecessor: 1, successor: 2, kind: 'recycle', reason: 'old' } as const;
const ended = { code: 0, signal: null, uncaught: undefined };
const uncaught = { cmd: 'x', message: 'Error: x', stack: undefined } as never;

test.each([
  ['stop', state({ phase: 'stopping' }), worker('retiring'), ended],
  ['recycle', state({ current }), worker('retiring'), ended],
  ['nanny', state({ current: { ...current, kind: 'nanny' } }), worker('retiring'), { ...ended, signal: 'SIGKILL' }],
  ['reload', state({ generation: 2 }), worker('retiring', 1), ended],
  ['surplus', state(), worker('retiring'), ended],
  ['error', state(), worker('ready'), { code: 1, signal: null, uncaught }],
  ['exited', state(), worker('ready'), { code: 1, signal: null, uncaught: undefined }],
  ['exited', state(), worker('ready'), { code: 0, signal: null, uncaught }],
  ['aborted', state(), worker('ready'), { code: null, signal: 'SIGABRT', uncaught: undefined }],
  ['killed', state({ phase: 'stopping' }), worker('ready'), { code: null, signal: 'SIGKILL', uncaught: undefined }],
  ['exited', state(), undefined, ended],
] as const)('%s', (kind, before, who, end) => {
  const { uncaught, ...how } = end;
  const counts = new ExitCounts();
  counts.add(before, { ...how, worker: { uncaught }, state: who } as Exit);
  expect(EXIT_KINDS.filter(each => counts.of(each) > 0)).toEqual([kind]);
});

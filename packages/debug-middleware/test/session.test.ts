import { describe, expect, test } from 'vitest';
import type { SessionView } from '../src/view.ts';
import { debuggingOf } from '../ui/debugging-of.ts';
import { curlFor, parseHeaders } from '../ui/session/request.ts';
import { standingOf } from '../ui/session/standing-of.ts';

const LEASE: NonNullable<SessionView['lease']> = {
  pid: 7,
  state: 'open',
  fresh: false,
  aside: true,
  by: 'loopback 127.0.0.1',
  since: 0,
  until: 1_800_000,
  sessions: 1,
  paused: false,
};
const view = (change: Partial<SessionView> = {}): SessionView => ({ pid: 7, worker: 'paused', others: 2, ...change });

describe('how it stands', () => {
  test.each([
    ['nobody debugs it', view(), 'none'],
    ['it is being prepared', view({ lease: { ...LEASE, state: 'preparing' } }), 'preparing'],
    ['it waits to run', view({ lease: { ...LEASE, state: 'waiting' } }), 'waiting'],
    ['it runs', view({ lease: LEASE }), 'running'],
    ['it is paused', view({ lease: { ...LEASE, paused: true } }), 'paused'],
    [
      'it is paused before it has been told to run',
      view({ lease: { ...LEASE, state: 'waiting', paused: true } }),
      'paused',
    ],
    ['it is let go', view({ ending: true }), 'preparing'],
    ['it leaves', view({ worker: 'retiring' }), 'preparing'],
    ['it has ended', view({ worker: 'exited' }), 'gone'],
    ['nobody knows', view({ problem: 'the master does not answer' }), 'gone'],
  ])('%s', (_what, given, kind) => {
    expect(standingOf(given, 0).kind).toBe(kind);
  });

  test('what a person wants to know', () => {
    expect(standingOf(view({ lease: { ...LEASE, sessions: 2 } }), 0).facts).toMatch(
      /^by loopback 127\.0\.0\.1 since .* · out of rotation, 2 serve · 2 debuggers connected$/,
    );
    expect(standingOf(view({ lease: { ...LEASE, aside: false } }), 0).facts).toContain('in rotation');
    expect(standingOf(view({ lease: LEASE }), 1_620_000).facts).toMatch(/^ends in 3 min unless you do something/);
  });
});

test.each([
  [LEASE, 'debugged by loopback 127.0.0.1 for 2 min: program running'],
  [{ ...LEASE, paused: true }, 'debugged by loopback 127.0.0.1 for 2 min: program paused'],
  [{ ...LEASE, state: 'waiting' as const }, 'debugged by loopback 127.0.0.1 for 2 min: waits before configureApp'],
])('in the list of workers: %s', (lease, text) => {
  expect(debuggingOf(lease, 120_000)).toBe(text);
});

test('headers are one a line; what is none is left out', () => {
  expect(parseHeaders('accept: text/html\n  x-y :  1:2 \nnothing\n: empty\n')).toEqual([
    ['accept', 'text/html'],
    ['x-y', '1:2'],
  ]);
});

test('the command quotes what a shell would read', () => {
  const sent = { method: 'POST', path: '/a?b=1&c', headers: [['x', "it's"]] as [string, string][], body: '$HOME' };
  expect(curlFor('http://localhost:8081/debug/workers/7/request', sent)).toBe(
    `curl -i -X POST -H 'x: it'\\''s' --data-raw '$HOME' -H "Authorization: Bearer $TROUPE_MON_TOKEN" 'http://localhost:8081/debug/workers/7/request/a?b=1&c'`,
  );
});

import { expect, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';

/** Small, so that it is full soon. */
const HEAP = '--max-old-space-size=64';

const ENDS: [misfortune: string, end: { code: number | null; signal: string | null; reason: string }][] = [
  ['throws', { code: 1, signal: null, reason: 'exited with code 1; uncaught error: Error: a bug' }],
  ['rejects', { code: 1, signal: null, reason: 'exited with code 1; uncaught error: Error: a forgotten catch' }],
  ['fills its memory', { code: null, signal: 'SIGABRT', reason: 'was killed by SIGABRT; out of memory: its heap' }],
  ['exits', { code: 0, signal: null, reason: 'exited with code 0' }],
  ['exits with code 3', { code: 3, signal: null, reason: 'exited with code 3' }],
  ['is killed', { code: null, signal: 'SIGKILL', reason: 'was killed by SIGKILL; by somebody, or by the kernel' }],
];

test('why workers end is known, kept and logged, and each has a successor', async () => {
  // One for each, so that no place has to wait for a second try.
  const options = { noWorkers: ENDS.length, heartbeatInterval: 100 };
  const env = { OPTIONS: JSON.stringify(options), NODE_OPTIONS: HEAP };
  const cluster = await Cluster.start('misfortunes', { env });
  const [up] = await Promise.all([cluster.event('up'), cluster.event('listening', ENDS.length)]);
  const { client, emitter } = await joinBus(up);
  const victims = new Map<string, number>();
  for (const [n, { pid }] of (await client.request('master', 'workers.list', undefined)).entries()) {
    const misfortune = ENDS[n]?.[0] ?? '';
    victims.set(misfortune, pid);
    emitter.to(pid).emit(misfortune);
  }
  await cluster.event('listening', 2 * ENDS.length);

  const exits = await client.request('master', 'workers.exits', undefined);
  expect(exits).toHaveLength(ENDS.length);
  for (const [misfortune, { code, signal, reason }] of ENDS) {
    const pid = victims.get(misfortune);
    const exit = exits.find(each => each.pid === pid);
    expect(exit).toMatchObject({ code, signal, asked: false, generation: 1, reason: expect.stringContaining(reason) });
    const line = await cluster.logged(new RegExp(`^worker ${pid} (exited|was killed)`));
    expect(line).toMatchObject({ level: 40, msg: `worker ${pid} ${exit?.reason}` });
    const hasStack = /uncaught/.test(reason);
    expect(exit?.stack ?? '').toMatch(hasStack ? /Error: .*\n +at .*misfortunes/ : /^$/);
    expect(line.stack).toBe(exit?.stack);
  }
});

import { expect, test } from 'vitest';
import { Cluster, type Launch, type Line } from './harness/cluster.ts';

const bad = {
  noWorkers: 'two',
  prot: 9090,
  ecv: { mode: 'sometimes', rout: '/ecv' },
  stopTimeout: -1,
  monPort: 70_000,
};

async function rejected(options: object, launch: Launch = {}): Promise<{ failed: Line; cluster: Cluster }> {
  const env = { OPTIONS: JSON.stringify(options), ...launch.env };
  const cluster = await Cluster.start('raw-options', { ...launch, env });
  const failed = await cluster.event('failed');
  expect(await cluster.exit()).toEqual({ code: 1, signal: null });
  expect(cluster.events('forked')).toEqual([]);
  expect(cluster.events('failed')).toHaveLength(1);
  return { failed, cluster };
}

const problems = (message: unknown) => String(message).split('\n').slice(1);

test('one error lists every problem: wrong types, unknown keys with the nearest known one, a missing app', async () => {
  const { failed } = await rejected(bad);
  expect(failed).toMatchObject({ code: 'TROUPE_ERR_OPTIONS' });
  expect(problems(failed.message)).toEqual([
    expect.stringMatching(/- noWorkers: given "two", allowed: a whole number/),
    expect.stringMatching(/- prot: unknown option, did you mean port\?/),
    expect.stringMatching(/- ecv\.mode: given "sometimes", allowed: 'control' or 'monitor'/),
    expect.stringMatching(/- ecv\.rout: unknown option, did you mean root\?/),
    expect.stringMatching(/- stopTimeout: given -1, allowed: milliseconds/),
    expect.stringMatching(/- monPort: given 70000, allowed: a port number/),
    expect.stringMatching(/- app: missing/),
  ]);
});

test('a program that does not handle the rejection ends with code 1 and the problems on stderr', async () => {
  const env = { OPTIONS: JSON.stringify(bad), HANDLED: 'no' };
  const cluster = await Cluster.start('raw-options', { env });
  expect(await cluster.exit()).toEqual({ code: 1, signal: null });
  expect(cluster.output).toContain('- noWorkers: given "two"');
  expect(cluster.output).toContain('- app: missing');
  expect(cluster.events('forked')).toEqual([]);
});

test('equal ports', async () => {
  const { failed } = await rejected({ app: {}, port: 9999, monPort: 9999, debug: { webPort: 9999 } });
  expect(problems(failed.message)).toEqual([
    expect.stringMatching(/- monPort: given 9999, which port has too/),
    expect.stringMatching(/- debug\.webPort: given 9999, which \w+ has too/),
  ]);
});

test('the command line: wrong types, misspelt flags, equal ports', async () => {
  const args = ['--noWorkers=two', '--ecv.mod=control', '--ecv.mode=sometimes', '--drain-delai=5'];
  const { failed } = await rejected({ app: {} }, { args });
  expect(problems(failed.message)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/- --noWorkers: given "two", allowed: a whole number/),
      expect.stringMatching(/- --ecv\.mod: unknown flag, did you mean --ecv\.mode\?/),
      expect.stringMatching(/- --ecv\.mode: given "sometimes"/),
      expect.stringMatching(/- --drain-delai: unknown flag, did you mean --drain-delay\?/),
    ]),
  );
  expect(problems(failed.message)).toHaveLength(4);
  const equal = await rejected({ app: {} }, { args: ['--port=9999', '--mon-port', '9999'] });
  expect(problems(equal.failed.message)).toEqual([expect.stringMatching(/- monPort: given 9999, which port has too/)]);
});

test('run() without runnable, and with an option that only listen() has', async () => {
  const { failed } = await rejected({ port: 9999 }, { env: { CALL: 'run' } });
  expect(failed.message).toMatch(/^run\(\) cannot start/);
  expect(problems(failed.message)).toEqual([
    expect.stringMatching(/- port: unknown option/),
    expect.stringMatching(/- runnable: missing/),
  ]);
});

test('listen() called twice: the second call rejects, in every process, and the first goes on', async () => {
  const cluster = await Cluster.start('listen-twice');
  await cluster.event('up');
  await cluster.event('second', 2);
  expect(cluster.events('second').map(({ code }) => code)).toEqual(Array(2).fill('TROUPE_ERR_ALREADY_STARTED'));
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

test('listen() in a cluster worker that no Troupe master forked', async () => {
  const cluster = await Cluster.start('foreign-worker');
  expect(await cluster.event('failed')).toMatchObject({ code: 'TROUPE_ERR_NO_MASTER', worker_process: true });
  expect(await cluster.event('worker-exited')).toMatchObject({ code: 1 });
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

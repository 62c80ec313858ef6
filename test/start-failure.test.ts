import { expect, test } from 'vitest';
import { Cluster, type Line } from './harness/cluster.ts';

const start = (fault: string, options: object = {}, env: NodeJS.ProcessEnv = {}) =>
  Cluster.start('failing-start', { env: { FAULT: fault, OPTIONS: JSON.stringify(options), ...env } });

const forked = (cluster: Cluster) => cluster.lines.filter(({ msg }) => /^worker \d+ forked$/.test(msg ?? ''));

/** The master's `listen` rejects, and with it everything ends. */
async function failure(cluster: Cluster): Promise<Line> {
  const failed = await cluster.line('the master to fail', line => line.event === 'failed' && line.pid === cluster.pid);
  expect(await cluster.exit()).toEqual({ code: 1, signal: null });
  expect(await cluster.others()).toEqual([]);
  expect(cluster.events('up')).toEqual([]);
  return failed;
}

/** It was one of the workers that were forked, the second one. */
function expectSecondWorker(cluster: Cluster, failed: Line): void {
  expect(failed.worker).toBe(forked(cluster)[1]?.worker);
  expect(failed.message).toContain(`worker ${failed.worker} `);
}

test.each([
  'configureApp:throws',
  'configureApp:rejects',
  'createServer:throws',
  'createServer:rejects',
  'warmUp:throws',
  'warmUp:rejects',
])('%s in one worker: listen rejects with worker, stage and cause', async fault => {
  const cluster = await start(fault);
  const failed = await failure(cluster);
  const [stage] = fault.split(':');
  expect(failed).toMatchObject({ code: 'TROUPE_ERR_STAGE_FAILED', stage, cause: 'the application is unwell' });
  expectSecondWorker(cluster, failed);
  expect(forked(cluster)).toHaveLength(2);
});

test('createServer that returns nonsense', async () => {
  const cluster = await start('createServer:returns-nonsense');
  const failed = await failure(cluster);
  expect(failed).toMatchObject({ code: 'TROUPE_ERR_STAGE_FAILED', stage: 'createServer' });
  expect(failed.cause).toMatch(/createServer\(app\) returned object; it has to return a server/);
  expectSecondWorker(cluster, failed);
});

test.each([
  ['configureApp:never-settles', { startTimeout: 3_000 }],
  ['configureApp:blocks-the-loop', { startTimeout: 3_000 }],
  ['warmUp:never-settles', { warmUpTimeout: 500 }],
  ['warmUp:blocks-the-loop', { warmUpTimeout: 500 }],
])('%s in one worker: the limit ends the start', async (fault, limit) => {
  const cluster = await start(fault, limit);
  const failed = await failure(cluster);
  expectSecondWorker(cluster, failed);
  // A worker that blocks at once may not have got round to saying that it configures.
  const started = cluster.lines.some(({ msg }) => msg === `worker ${failed.worker} is configuring`);
  const stage = started ? fault.split(':')[0] : 'start';
  expect(failed).toMatchObject({ code: expect.stringMatching(/TROUPE_ERR_STAGE_(FAILED|TIMEOUT)/), stage });
  expect(failed.message).toMatch(started ? `${stage} has not settled` : 'its event loop is blocked');
});

test.each([
  ['configureApp:exits', 'exited with code 3'],
  ['warmUp:is-killed', 'was killed by SIGKILL'],
])('%s, again and again: retried with back-off until startTimeout', async (fault, how) => {
  const startTimeout = 3_500;
  const cluster = await start(fault, { startTimeout }, { AGAIN: 'yes' });
  const failed = await failure(cluster);
  expect(failed.code).toBe('TROUPE_ERR_START_TIMEOUT');
  expect(failed.message).toMatch(new RegExp(`not up within ${startTimeout} ms.*${how}`));
  // The first two, one more at once, then after 1 s, 2 s, 4 s …, each 20 % earlier at most.
  const times = forked(cluster).map(({ time }) => Number(time));
  expect(times.length).toBeGreaterThanOrEqual(3);
  times.slice(3).forEach((time, n) => {
    expect(time - Number(times[n + 2])).toBeGreaterThanOrEqual(800 * 2 ** n);
  });
});

test.each(['configureApp:exits', 'warmUp:is-killed'])('%s, once: the worker comes back', async fault => {
  const cluster = await start(fault);
  await cluster.event('up');
  expect(forked(cluster)).toHaveLength(3);
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

test('warmUp blocks the event loop while the master is busy: the limit ends the start all the same', async () => {
  const cluster = await start('warmUp:blocks-the-loop', { warmUpTimeout: 500 }, { BUSY: 'yes' });
  const failed = await failure(cluster);
  expect(failed).toMatchObject({ code: 'TROUPE_ERR_STAGE_TIMEOUT', stage: 'warmUp' });
  expectSecondWorker(cluster, failed);
});

test('workers that never call listen()', async () => {
  const cluster = await Cluster.start('workers-that-never-listen');
  const failed = await failure(cluster);
  expect(failed).toMatchObject({ code: 'TROUPE_ERR_STAGE_TIMEOUT', stage: 'start' });
  expect(failed.message).toMatch(/has not called listen\(\)/);
});

test.each([
  ['configureApp', 'configuring'],
  ['warmUp', 'warming'],
])('SIGTERM while a worker is in %s: everything ends, with code 0', async (stage, state) => {
  const cluster = await start(`${stage}:never-settles`);
  const { worker } =
    (await cluster.line('two forks', () => forked(cluster).length === 2)) && (forked(cluster)[1] ?? {});
  await cluster.logged(new RegExp(`^worker ${worker} is ${state}$`));
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  expect(cluster.events('up')).toEqual([]);
});

test.each([
  ['monConfigureApp rejects', /^no monitor today$/],
  [
    'monCreateServer returns nonsense',
    /monCreateServer\(app\) returned string; it has to return an http or https server/,
  ],
])('%s: nothing is forked', async (FAULT, message) => {
  const cluster = await Cluster.start('monitor-that-fails', { env: { FAULT } });
  expect(await failure(cluster)).toMatchObject({ message: expect.stringMatching(message) });
  expect(forked(cluster)).toEqual([]);
});

test('SIGTERM before anything is forked: nothing is, and the code is 0', async () => {
  const cluster = await Cluster.start('monitor-that-fails', { env: { FAULT: 'a signal comes first' } });
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  expect(forked(cluster)).toEqual([]);
  expect(cluster.events('up')).toEqual([]);
  expect(cluster.output).toBe('');
});

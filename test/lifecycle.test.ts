import { expect, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { Poll } from './harness/poll.ts';

const WORKER_STEPS = [
  'worker:app-configured',
  'worker:server-created',
  'worker:warm-up-listening',
  'worker:warmed-up',
  'worker:warm-up-closed',
  'worker:listening',
];

test('the order of the start is what docs/lifecycle.md promises', async () => {
  const cluster = await Cluster.start('lifecycle');
  await cluster.event('up');
  const steps = cluster.events('step') as unknown as { step: string; pid: number }[];
  const ofMaster = steps.filter(({ step }) => step.startsWith('master:')).map(({ step }) => step);
  expect(ofMaster).toEqual([
    'master:monitor-configured',
    'master:monitor-listening',
    'master:forking',
    'master:workers-ready',
    'master:ecv-up',
  ]);
  const ofWorkers = steps.filter(({ step }) => step.startsWith('worker:'));
  const pids = [...new Set(ofWorkers.map(({ pid }) => pid))];
  expect(pids).toHaveLength(2);
  for (const pid of pids) {
    expect(ofWorkers.filter(step => step.pid === pid).map(({ step }) => step)).toEqual(WORKER_STEPS);
  }
  const at = (step: string) => steps.findIndex(each => each.step === step);
  const lastOfWorkers = steps.findLastIndex(({ step }) => step === 'worker:listening');
  expect(at('master:forking')).toBeLessThan(at('worker:app-configured'));
  expect(lastOfWorkers).toBeLessThan(at('master:workers-ready'));
});

test('ECV is never 200 before the last worker listens, and always from then on; defect: 200 before any worker existed', async () => {
  const cluster = await Cluster.start('slow-warm-up');
  const { port: monPort } = await cluster.logged(/^monitor listens/);
  const poll = new Poll(`http://127.0.0.1:${monPort}/ecv`);
  const ready = await cluster.event('ready');
  await cluster.event('listening', 3);
  const lastListening = Math.max(...cluster.events('listening').map(line => Number(line.at)));

  await poll.sees(200, 20);
  const asked = Date.now();
  const down = await fetch(`http://127.0.0.1:${monPort}/ecv/markDown`);
  expect(down.status).toBe(500);
  const marked = Date.now();
  expect((await fetch(`http://127.0.0.1:${monPort}/ecv`)).status).toBe(500);
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });

  const looks = await poll.stop();
  const early = looks.filter(look => look.ended < lastListening);
  expect(early.filter(look => look.status === 500).length).toBeGreaterThan(10);
  expect(early.filter(look => look.status === 200)).toEqual([]);
  const serving = looks.filter(look => look.began > Number(ready.at) && look.ended < asked);
  expect(serving.length).toBeGreaterThan(5);
  expect(serving.filter(look => look.status !== 200)).toEqual([]);
  expect(looks.filter(look => look.began > marked && look.status === 200)).toEqual([]);
});

test('the requests of a warm-up reach the worker that warms up, and nobody else gets in', async () => {
  const cluster = await Cluster.start('slow-warm-up');
  await cluster.event('ready');
  const warmed = cluster.events('warmed');
  expect(warmed).toHaveLength(3);
  for (const { pid, answers, others } of warmed)
    expect({ answers, others }).toEqual({ answers: [String(pid)], others: 0 });
  expect(Math.max(...warmed.map(({ requests }) => Number(requests)))).toBeGreaterThan(5);
});

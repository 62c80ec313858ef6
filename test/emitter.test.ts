import { join } from 'node:path';
import type { Emitter } from '@troupe/ipc';
import { expect, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { get } from './harness/clients.ts';
import { Cluster, type Line } from './harness/cluster.ts';

const source = (name: string) => join(import.meta.dirname, 'fixtures', name);
const heard = (cluster: Cluster, name: string) => cluster.events('heard').filter(line => line.name === name);
const pidsOf = (lines: Line[]) => lines.map(({ pid }) => Number(pid)).sort((a, b) => a - b);

class Talk {
  readonly cluster: Cluster;
  readonly emitter: Emitter;
  readonly master: number;
  #fences = 0;

  private constructor(cluster: Cluster, emitter: Emitter) {
    this.cluster = cluster;
    this.emitter = emitter;
    this.master = cluster.pid;
  }

  static async start(): Promise<Talk> {
    const cluster = await Cluster.start('emitter');
    const { emitter } = await joinBus(await cluster.up());
    return new Talk(cluster, emitter);
  }

  workers(): [number, number] {
    return this.cluster.workersUp() as [number, number];
  }

  /** Has a process emit, and resolves when all that heard it must have: what it emits next arrives later everywhere. */
  async relay(by: number, targets: unknown, name: string): Promise<number[]> {
    const fence = `fence-${++this.#fences}`;
    this.emitter.emitTo(by, ['relay', targets, [name, 'to', targets]]);
    this.emitter.emitTo(by, ['relay', ['all'], [fence]]);
    await this.cluster.line(`${fence} everywhere`, () => heard(this.cluster, fence).length >= 3);
    for (const { args, from } of heard(this.cluster, name)) {
      expect({ args, from }).toEqual({ args: ['to', targets], from: by });
    }
    return pidsOf(heard(this.cluster, name));
  }

  async stop(): Promise<void> {
    this.cluster.signal('SIGTERM');
    expect(await this.cluster.exit()).toEqual({ code: 0, signal: null });
  }
}

const sorted = (...pids: number[]) => pids.sort((a, b) => a - b);

test('master and workers hear each other, by default and by name, and nobody hears twice', async () => {
  const talk = await Talk.start();
  const { master } = talk;
  const [one, two] = talk.workers();
  expect(await talk.relay(master, 'default', 'from the master')).toEqual(sorted(master, one, two));
  expect(await talk.relay(one, 'default', 'from a worker')).toEqual(sorted(master, one));
  expect(await talk.relay(one, ['master'], 'to the master')).toEqual([master]);
  expect(await talk.relay(master, ['workers'], 'to the workers')).toEqual(sorted(one, two));
  expect(await talk.relay(two, ['self', two, 'all', one], 'to all, overlapping')).toEqual(sorted(master, one, two));
  await talk.stop();
});

test('defect: a worker reaches its sibling by pid, as a number and as text', async () => {
  const talk = await Talk.start();
  const [one, two] = talk.workers();
  expect(await talk.relay(one, [two], 'to a sibling')).toEqual([two]);
  expect(await talk.relay(two, [String(one)], 'to a sibling, in text')).toEqual([one]);
  await talk.stop();
});

test('a worker that is forked later hears, and is heard', async () => {
  const talk = await Talk.start();
  const [victim, other] = talk.workers();
  process.kill(victim, 'SIGKILL');
  const { pid } = await talk.cluster.event('worker-up', 3);
  const successor = Number(pid);
  expect(await talk.relay(talk.master, 'default', 'from the master')).toEqual(sorted(talk.master, other, successor));
  expect(await talk.relay(successor, [other], 'from the successor')).toEqual([other]);
  await talk.stop();
});

test('well-known events: the life of each worker, and marks', async () => {
  const cluster = await Cluster.start('emitter');
  const up = await cluster.up();
  const inMaster = (name: string) => heard(cluster, name).filter(({ pid }) => pid === cluster.pid);
  const [victim, other] = cluster.workersUp() as [number, number];
  for (const pid of [victim, other]) {
    const names = cluster
      .events('heard')
      .filter(line => line.pid === cluster.pid && line.from === pid && String(line.name).startsWith('worker-'))
      .map(({ name }) => name);
    expect(names).toEqual([`worker-${pid}-warming`, `worker-${pid}-warmup`, `worker-${pid}-listening`]);
    expect(inMaster(`worker-${pid}-listening`)[0]?.args).toMatchObject([
      { port: expect.any(Number), protocol: 'http' },
    ]);
  }

  await get({ port: Number(up.port), path: '/ecv/markDown' });
  await get({ port: Number(up.port), path: '/ecv/markUp' });
  await cluster.line('the marks everywhere', () => heard(cluster, 'markUp').length === 3);
  expect(pidsOf(heard(cluster, 'markDown'))).toEqual(sorted(cluster.pid, victim, other));
  expect(pidsOf(heard(cluster, 'markUp'))).toEqual(sorted(cluster.pid, victim, other));

  process.kill(victim, 'SIGKILL');
  await cluster.line(
    'the death in the master and the sibling',
    () => heard(cluster, `worker-${victim}-died`).length >= 2,
  );
  expect(inMaster(`worker-${victim}-died`)[0]?.args).toEqual([
    { code: null, signal: 'SIGKILL', reason: expect.stringMatching(/^was killed by SIGKILL/) },
  ]);
  await cluster.event('worker-up', 3);
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

test('a warm-up that fails is an event too', async () => {
  const cluster = await Cluster.start('failing-warm-up');
  await cluster.exit();
  expect(cluster.events('warm-up-failure').map(({ message }) => message)).toContain('cold');
});

test('lifecycle events of the start and the stop, in their order', async () => {
  const cluster = await Cluster.start('emitter');
  await cluster.up();
  cluster.signal('SIGTERM');
  await cluster.exit();
  const steps = heard(cluster, 'lifecycle')
    .filter(({ pid }) => pid === cluster.pid)
    .map(({ args }) => (args as [{ step: string; pid: number }])[0]);
  expect(steps.filter(({ pid }) => pid === cluster.pid).map(({ step }) => step)).toEqual([
    'master:monitor-configured',
    'master:monitor-listening',
    'master:forking',
    'master:workers-ready',
    'master:ecv-up',
    'master:stopping',
    'master:stopped',
  ]);
  for (const worker of cluster.events('worker-up')) {
    expect(steps.filter(({ pid }) => pid === worker.pid).map(({ step }) => step)).toEqual([
      'worker:app-configured',
      'worker:server-created',
      'worker:warm-up-listening',
      'worker:warmed-up',
      'worker:warm-up-closed',
      'worker:listening',
    ]);
  }
  const ready = steps.findIndex(({ step }) => step === 'master:workers-ready');
  expect(steps.findLastIndex(({ step }) => step === 'worker:listening')).toBeLessThan(ready);
});

test("the example of cluster2's README, by require", async () => {
  const cluster = await Cluster.start(source('emitter-of-the-readme.cjs'));
  await cluster.event('up');
  const calls = (pid: number) => cluster.events('callback').filter(line => line.pid === pid);
  await cluster.line('all calls', () => cluster.events('callback').length >= 16);
  const workers = [...new Set(cluster.events('callback').map(({ pid }) => Number(pid)))].filter(
    pid => pid !== cluster.pid,
  );
  expect(workers).toHaveLength(2);
  for (const worker of workers) {
    expect(calls(worker).map(({ args }) => args)).toEqual([
      ['arg0', 'arg1'],
      ['arg2', 'arg3'],
      ['by default of', worker],
      ['by emitTo of', worker],
    ]);
    expect(
      calls(cluster.pid)
        .map(({ args }) => args)
        .filter(args => (args as unknown[])[1] === worker),
    ).toEqual([
      ['by default of', worker],
      ['by emitTo of', worker],
      ['by to of', worker],
    ]);
  }
  expect(calls(cluster.pid)).toHaveLength(8);
  expect(cluster.events('callbackOnce')).toHaveLength(3);
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

import { type Client, METRICS, type MetricFamily } from '@troupe/ipc';
import { expect, it } from 'vitest';
import { hostMetrics } from '../src/host.ts';
import { counter, family } from './families.ts';

type Collect = (params: { timeout: number }) => Promise<MetricFamily[]>;
type Hear = (args: unknown[], from: number) => void;

/** A master whose workers tell what `answers` says when they are asked; a missing one is silent. */
function master(answers: Record<number, MetricFamily[]>) {
  let hear: Hear = () => {};
  let collect: Collect = async () => [];
  const asked: number[] = [];
  const living = new Set(Object.keys(answers).map(Number));
  const client = {
    onEvent: (event: string, listener: Hear) => {
      if (event === METRICS) hear = listener;
      return () => {
        hear = () => {};
      };
    },
    handle: (_name: string, handler: Collect) => {
      collect = handler;
      return () => {
        collect = async () => [];
      };
    },
    request: async (pid: number | 'master') => {
      if (pid === 'master') return null;
      asked.push(pid);
      const families = answers[pid];
      if (families === undefined) throw new Error('no answer');
      hear([families], pid);
      return null;
    },
  };
  const host = hostMetrics({
    client: client as unknown as Pick<Client, 'handle' | 'onEvent' | 'request'>,
    workers: () => [...living],
    own: reporting => [family('reporting', 'gauge', [[{}, reporting]])],
  });
  return {
    host,
    asked,
    living,
    tell: (pid: number, families: unknown) => hear([families], pid),
    collect: () => collect({ timeout: 100 }),
  };
}

const reporting = (count: number) => family('reporting', 'gauge', [[{}, count]]);

it('adds up what the workers tell, and says how many did', async () => {
  const { collect } = master({ 1: [counter('jobs', 1)], 2: [counter('jobs', 2)] });
  expect(await collect()).toEqual([counter('jobs', 3), reporting(2)]);
});

it('counts a silent worker with what it said last, and a dead one with what it had counted', async () => {
  const answers: Record<number, MetricFamily[]> = { 1: [counter('jobs', 1)], 2: [counter('jobs', 2)] };
  const { collect, host, living, tell } = master(answers);
  await collect();
  tell(2, [counter('jobs', 5)]);
  delete answers[2];
  expect(await collect()).toEqual([counter('jobs', 6), reporting(1)]);
  living.delete(2);
  host.left(2);
  expect(await collect()).toEqual([counter('jobs', 6), reporting(1)]);
  tell(2, [counter('jobs', 7)]);
  expect(await collect(), 'told too late').toEqual([counter('jobs', 6), reporting(1)]);
});

it('asks once for all who want to know at the same time', async () => {
  const { collect, asked } = master({ 1: [counter('jobs', 1)] });
  const [one, two] = await Promise.all([collect(), collect()]);
  expect(one).toEqual(two);
  expect(asked).toEqual([1]);
  await collect();
  expect(asked).toEqual([1, 1]);
});

it('leaves out what cannot be shown', async () => {
  const { collect, tell } = master({ 1: [counter('jobs', 1)] });
  const good = counter('good', 1);
  const bad = [
    null,
    'text',
    { ...good, name: 'two words' },
    { ...good, name: 1 },
    { ...good, help: 1 },
    { ...good, type: 'untyped' },
    { ...good, aggregator: 'median' },
    { ...good, values: {} },
    { ...good, values: [null] },
    { ...good, values: [{ labels: {}, value: '1' }] },
    { ...good, values: [{ labels: null, value: 1 }] },
    { ...good, values: [{ labels: { 'a"b': '1' }, value: 1 }] },
    { ...good, values: [{ labels: { a: {} }, value: 1 }] },
    { ...good, values: [{ labels: {}, value: 1, metricName: 'x\ny' }] },
  ];
  tell(1, [...bad, good]);
  tell(1, 'nothing at all');
  expect(await collect()).toEqual([good, counter('jobs', 1), reporting(1)]);
});

it('stops when it is closed', async () => {
  const { collect, host } = master({ 1: [counter('jobs', 1)] });
  host.close();
  expect(await collect()).toEqual([]);
});

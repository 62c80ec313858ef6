import { expect, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';

test('everybody hears who is paused and who is resumed, one or all', async () => {
  const cluster = await Cluster.start('emitter');
  const { client } = await joinBus(await cluster.event('up'));
  const states = async () => (await client.request('master', 'workers.list', undefined)).map(({ state }) => state);
  const [one = 0, other = 0] = (await client.request('master', 'workers.list', undefined)).map(({ pid }) => pid);
  const heard = (name: string) =>
    Promise.all(
      [cluster.pid, one, other].map(pid =>
        cluster.line(`${name} at ${pid}`, line => line.event === 'heard' && line.pid === pid && line.name === name),
      ),
    );

  await client.request('master', 'workers.pause', { pids: [one] });
  await heard(`worker-${one}-paused`);
  expect(await states()).toEqual(['paused', 'ready']);
  await client.request('master', 'workers.pause', {});
  await heard(`worker-${other}-paused`);
  expect(await states()).toEqual(['paused', 'paused']);
  await client.request('master', 'workers.resume', { pids: [other] });
  await heard(`worker-${other}-resumed`);
  expect(await states()).toEqual(['paused', 'ready']);
  await client.request('master', 'workers.resume', {});
  await heard(`worker-${one}-resumed`);
  expect(await states()).toEqual(['ready', 'ready']);

  // Who is paused already, or never was, is not told so again.
  const told = cluster.events('heard').filter(({ name }) => /-(paused|resumed)$/.test(String(name)));
  expect(told).toHaveLength(3 * 4);
});

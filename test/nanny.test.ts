import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';
import { askOnce } from './harness/new-connections.ts';

const INTERVAL = 500;
const TOLERANCE = 2_000;
const OPTIONS = JSON.stringify({ heartbeatInterval: INTERVAL, nanny: { tolerance: TOLERANCE } });

async function start() {
  const cluster = await Cluster.start('misfortunes', { env: { OPTIONS } });
  const [up, { port, pid }] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
  const { client, emitter } = await joinBus(up);
  return { cluster, client, emitter, port: Number(port), victim: Number(pid) };
}

/** Whom others replace it by, once the log says so. */
async function replaced(cluster: Cluster, victim: number) {
  const line = await cluster.logged(new RegExp(`worker ${victim} will be replaced by \\d+: silent`));
  const successor = /by (\d+)/.exec(String(line.msg))?.[1];
  const killed = await cluster.logged(new RegExp(`worker ${victim} was killed by SIGKILL; it was replaced: silent`));
  const ready = await cluster.logged(new RegExp(`worker ${successor} is ready`));
  expect(cluster.lines.indexOf(ready)).toBeLessThan(cluster.lines.indexOf(killed));
  return line;
}

test('a stopped worker is replaced and killed, and requests succeed after that; defect: never fired', async () => {
  const { cluster, port, victim } = await start();
  process.kill(victim, 'SIGSTOP');
  await replaced(cluster, victim);
  for (let n = 0; n < 8; n++) expect(await askOnce(port)).not.toEqual({ pid: String(victim) });
});

test('a worker that loops for ever is replaced in time, and requests meanwhile go to the other one', async () => {
  const { cluster, emitter, port, victim } = await start();
  emitter.to(victim).emit('loops for ever');
  const { at } = await cluster.event('looping');
  const answers = await Promise.all(Array.from({ length: 8 }, () => askOnce(port)));
  for (const answer of answers) expect(answer).toEqual({ pid: expect.not.stringMatching(String(victim)) });
  const { time } = await replaced(cluster, victim);
  expect(Number(time) - Number(at)).toBeLessThan(TOLERANCE + 2 * INTERVAL);
});

test('when the whole group was stopped and goes on, as a laptop that slept, nobody is replaced for his silence', async () => {
  const { cluster, client, victim } = await start();
  const everybody = [cluster.pid, ...(await cluster.others())];
  for (const pid of everybody) process.kill(pid, 'SIGSTOP');
  await delay(TOLERANCE + INTERVAL + 2_000);
  for (const pid of everybody) process.kill(pid, 'SIGCONT');
  await client.request('master', 'workers.retire', { pid: victim, reason: 'a test asks for it' });
  await cluster.logged(new RegExp(`worker ${victim} exited with code 0; it was replaced: a test asks for it`));
  expect(cluster.lines.filter(({ msg }) => /will be replaced/.test(String(msg)))).toHaveLength(1);
});

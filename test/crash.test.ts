import { expect, test } from 'vitest';
import { get } from './harness/clients.ts';
import { Cluster } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';
import { askOnce, NewConnections } from './harness/new-connections.ts';
import { Poll } from './harness/poll.ts';

test.each(['module', 'configureApp', 'warmUp'])(
  'a worker killed with -9 during the start, in %s, comes back',
  async stage => {
    const cluster = await Cluster.start('held', { env: { HOLD: stage } });
    const { pid } = await cluster.event('held');
    process.kill(Number(pid), 'SIGKILL');
    await cluster.event('up');
    expect(cluster.events('listening').map(line => line.pid)).not.toContain(pid);
    expect(cluster.events('listening')).toHaveLength(2);
  },
);

test('a worker killed with -9 while it serves comes back, and ECV tells the truth meanwhile', async () => {
  const cluster = await Cluster.start('hello');
  const [{ port: monPort }, { port, pid }] = await Promise.all([cluster.event('up'), cluster.event('listening')]);
  const poll = new Poll(`http://127.0.0.1:${monPort}/ecv`);
  process.kill(Number(pid), 'SIGKILL');
  await cluster.logged(new RegExp(`worker ${pid} was killed by SIGKILL`));
  await cluster.event('listening', 3);
  const { body } = await get({ port: Number(port) });
  expect(cluster.events('listening').map(line => String(line.pid))).toContain(body);
  // One of two was always ready, and minWorkers is 1.
  expect((await poll.stop()).filter(look => look.status !== 200)).toEqual([]);
  cluster.signal('SIGTERM');
  expect((await cluster.exit()).code).toBe(0);
});

test('while no worker is left ECV is down, and the successors listen where the dead did', async () => {
  const cluster = await Cluster.start('hello');
  const [{ port: monPort }, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
  const poll = new Poll(`http://127.0.0.1:${monPort}/ecv`);
  for (const pid of await cluster.others()) process.kill(pid, 'SIGKILL');
  await poll.sees(500, 1);
  await cluster.event('listening', 4);
  expect(cluster.events('listening').map(line => line.port)).toEqual([port, port, port, port]);
  await cluster.line('ECV to be up again', () => cluster.lines.filter(line => line.msg === 'ECV is up').length === 2);
  await poll.stop();
  expect((await fetch(`http://127.0.0.1:${monPort}/ecv`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
});

test('a worker killed with -9 under load takes with it what it was answering, and nothing else', async () => {
  const cluster = await Cluster.start('paths');
  const [{ port }] = await Promise.all([cluster.event('listening', 2), cluster.event('up')]);
  const slow = Array.from({ length: 12 }, () => askOnce(Number(port), '/slow?ms=2000'));
  const { pid: victim } = await cluster.event('slow', 12);
  const load = new NewConnections(Number(port), 4);
  await load.more(50);
  process.kill(Number(victim), 'SIGKILL');
  await cluster.event('listening', 3);
  await load.more(50);

  const taken = cluster.events('slow').map(({ pid }) => pid);
  const answers = await Promise.all(slow);
  expect(answers.filter(answer => 'failure' in answer)).toHaveLength(taken.filter(pid => pid === victim).length);
  expect(answers.filter(answer => 'pid' in answer)).toHaveLength(taken.filter(pid => pid !== victim).length);
  // Each of its lanes has one request under way.
  const { failed } = await load.stop();
  expect(failed.length).toBeLessThanOrEqual(4);
  expect(failed.filter(failure => failure !== 'ECONNRESET' && failure !== 'socket hang up')).toEqual([]);
});

test('a worker that exits by itself with code 0 has crashed, too', async () => {
  const cluster = await Cluster.start('paths');
  const [{ port }] = await Promise.all([cluster.event('listening', 2), cluster.event('up')]);
  await expect(fetch(`http://127.0.0.1:${port}/exit`)).rejects.toThrow();
  await cluster.event('listening', 3);
  await cluster.logged(/worker \d+ exited with code 0/);
});

test('SIGTERM to one worker: it finishes what it has, and another takes its place', async () => {
  const cluster = await Cluster.start('paths');
  const [{ port }] = await Promise.all([cluster.event('listening', 2), cluster.event('up')]);
  const slow = fetch(`http://127.0.0.1:${port}/slow?ms=1000`);
  const { pid } = await cluster.event('slow');
  process.kill(Number(pid), 'SIGTERM');
  expect(await (await slow).text()).toBe(String(pid));
  await cluster.logged(new RegExp(`worker ${pid} exited with code 0`));
  await cluster.event('listening', 3);
});

test.each(['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)('workers ignore %s', async signal => {
  const cluster = await Cluster.start('paths');
  const [{ port }] = await Promise.all([cluster.event('listening', 2), cluster.event('up')]);
  for (const pid of await cluster.others()) process.kill(pid, signal);
  for (let n = 0; n < 4; n++) expect((await get({ port: Number(port) })).status).toBe(200);
  expect(cluster.events('listening')).toHaveLength(2);
  cluster.signal('SIGTERM');
  expect((await cluster.exit()).code).toBe(0);
  expect(cluster.output).not.toContain('Debugger listening');
});

test('a master that is killed with -9 leaves no worker behind, after its requests in flight', async () => {
  const cluster = await Cluster.start('paths', { leavesRunDirectory: true });
  const [{ port }] = await Promise.all([cluster.event('listening', 2), cluster.event('up')]);
  const slow = fetch(`http://127.0.0.1:${port}/slow?ms=1500`);
  await cluster.event('slow');
  cluster.signal('SIGKILL');
  expect(await (await slow).text()).toMatch(/^\d+$/);
  await within(cluster.allGone(), 'the workers to be gone');
  expect(cluster.events('shut-down')).toHaveLength(2);

  // What it left behind, the next master of this user sweeps up.
  const before = await cluster.runDirectories();
  expect(before).toEqual([String(cluster.pid)]);
  const next = await Cluster.start('hello', { env: { XDG_RUNTIME_DIR: cluster.runtime } });
  await next.event('up');
  await expect.poll(() => cluster.runDirectories()).toEqual([String(next.pid)]);
  next.signal('SIGTERM');
  await next.exit();
  expect(await cluster.runDirectories()).toEqual([]);
});

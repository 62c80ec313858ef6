import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { Cluster, type Line } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';

const logs = (cluster: Cluster): Line[] => cluster.lines.filter(({ level }) => typeof level === 'number');
/** What a line says, with whatever differs from run to run as a letter. */
const sentence = ({ msg }: Line) => String(msg).replace(/\d{3,}/g, 'N');

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-logs-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Runs a cluster for as long as it takes to come up, and stops it. */
async function upAndDown(fixture: string, env: NodeJS.ProcessEnv): Promise<Cluster> {
  const cluster = await Cluster.start(fixture, { env });
  await cluster.event('up');
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  return cluster;
}

test('where stdout is no terminal: one line of JSON for each step, with pids and addresses as data', async () => {
  const cluster = await upAndDown('hello', { LOG_LEVEL: 'info' });
  // These come at a time of their own.
  const lines = logs(cluster).filter(line => !/^(debugger|cache manager)/.test(sentence(line)));
  const first = lines.findIndex(line => sentence(line) === 'ECV is up');
  const start = lines.slice(0, first + 2).map(sentence);
  expect(start[0]).toBe('monitor listens on port N');
  expect(start.slice(1, 5).sort()).toEqual([
    'worker N forked',
    'worker N forked',
    'worker N is ready',
    'worker N is ready',
  ]);
  expect(start.slice(5)).toEqual(['ECV is up', '2 workers are ready on port N']);
  expect(lines.slice(first + 2).map(sentence)).toEqual([
    'SIGTERM: shutting down',
    expect.stringMatching(/^ECV is down: /),
    'worker N exited with code 0; the cluster stops',
    'worker N exited with code 0; the cluster stops',
    'every process of the cluster has ended',
  ]);
  for (const line of lines) expect(line).toMatchObject({ level: 30, pid: cluster.pid, time: expect.any(Number) });
  const ready = lines.filter(({ msg }) => /is ready$/.test(msg ?? ''));
  const { port } = await cluster.event('listening');
  for (const line of ready) expect(line).toMatchObject({ worker: expect.any(Number), address: { port } });
});

test('LOG_LEVEL says how much is told', async () => {
  expect(logs(await upAndDown('hello', { LOG_LEVEL: 'warn' }))).toEqual([]);
  const detailed = logs(await upAndDown('lifecycle', { LOG_LEVEL: 'debug' })).map(sentence);
  expect(detailed.filter(text => text === 'worker N is warming')).toHaveLength(2);
});

test('a LOG_LEVEL in capitals is one; one that does not exist is told of once, and info takes its place', async () => {
  expect(logs(await upAndDown('hello', { LOG_LEVEL: 'WARN' }))).toEqual([]);
  const cluster = await upAndDown('hello', { LOG_LEVEL: 'verbose' });
  const [first, ...others] = logs(cluster);
  const msg = 'LOG_LEVEL verbose is none of trace, debug, info, warn, error, fatal, silent; info it is';
  expect(first).toMatchObject({ level: 40, pid: cluster.pid, msg });
  expect(others.map(({ msg }) => msg)).toContain('ECV is up');
  expect(new Set(others.map(({ level }) => level))).toEqual(new Set([30]));
});

test.each([
  ['logger', 'mine'],
  ['getLogger', 'troupe'],
])('%s takes the place of pino', async (HOW, name) => {
  const cluster = await upAndDown('own-logger', { HOW });
  expect(logs(cluster)).toEqual([]);
  const own = cluster.events('logged').filter(({ pid }) => pid === cluster.pid);
  expect(own.map(({ args }) => String(args).replace(/\d{3,}/g, 'N'))).toEqual(
    expect.arrayContaining(['[troupe] monitor listens on port N', '[troupe] worker N is ready', '[troupe] ECV is up']),
  );
  expect(new Set(own.map(line => line.name))).toEqual(new Set([name]));
  expect(new Set(own.map(line => line.level))).toEqual(new Set(['debug', 'info']));
});

test('a full disk takes the log, and nothing else: the cluster serves, replaces workers, and stops', async () => {
  const cluster = await Cluster.start('hello', { fullDisk: true });
  await cluster.event('up');
  const { pid, port } = await cluster.event('listening', 2);
  process.kill(Number(pid), 'SIGKILL');
  await cluster.event('listening', 3);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toMatch(/^\d+$/);
  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  const told = cluster.output.split('\n').filter(line => line.startsWith(`(node:${cluster.pid}) [TROUPE_LOG]`));
  expect(told).toEqual([expect.stringContaining('cannot be written (ENOSPC')]);
});

const hasScript = (process.env.PATH ?? '').split(delimiter).some(path => existsSync(join(path, 'script')));

test.runIf(hasScript)('in a terminal (needs util-linux script): for a person to read, with times', async () => {
  const fixture = join(import.meta.dirname, 'dist', 'fixtures', 'up-and-down.js');
  const env = { ...process.env, XDG_RUNTIME_DIR: await directory(), LOG_LEVEL: 'info' };
  // script makes a terminal for its command, and ends with its exit code.
  const terminal = promisify(execFile)('script', ['-qec', `'${process.execPath}' '${fixture}'`, '/dev/null'], { env });
  const { stdout } = await within(terminal, 'the cluster to come and go');
  const esc = String.fromCharCode(27);
  const plain = stdout.replaceAll(new RegExp(`${esc}\\[\\d+m`, 'g'), '');
  expect(stdout).toContain(`${esc}[`);
  expect(plain).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] INFO \(\d+\): ECV is up\r?$/m);
  expect(plain).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] INFO \(\d+\): worker \d+ exited with code 0; the cluster stops\r?$/m);
  expect(plain).not.toMatch(/^\{/m);
});

test('pid files name the master and the worker in each place, and vanish with them', async () => {
  const pids = join(await directory(), 'pids');
  const read = async (name: string) => Number(await readFile(join(pids, name), 'utf8'));
  const cluster = await Cluster.start('configured', { env: { OPTIONS: JSON.stringify({ pids }) } });
  await cluster.event('up');
  await cluster.event('listening', 2);
  const filed = async () => [await read('worker.1.pid'), await read('worker.2.pid')];
  expect(await read('master.pid')).toBe(cluster.pid);
  expect((await filed()).sort()).toEqual(
    cluster
      .events('listening')
      .map(({ pid }) => pid)
      .sort(),
  );

  const [victim, survivor] = (await filed()) as [number, number];
  process.kill(victim, 'SIGKILL');
  const { pid: successor } = await cluster.event('listening', 3);
  await expect.poll(filed).toEqual([successor, survivor]);

  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  expect(await readdir(pids)).toEqual([]);
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';

const bin = join(import.meta.dirname, '..', 'packages', 'runner', 'bin', 'troupe.js');

/** Runs the command as a person would, in a place where only this test's clusters are. */
function typed(base: string) {
  return (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise(resolve => {
      const env = { ...process.env, XDG_RUNTIME_DIR: base };
      execFile(process.execPath, [bin, ...args], { env }, (error, out, err) => {
        resolve({ code: error ? Number(error.code) : 0, out, err });
      });
    });
}

async function place() {
  const base = await mkdtemp(join(tmpdir(), 'troupe-command-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  return { base, troupe: typed(base) };
}

async function serving(base: string) {
  const file = join(base, 'version');
  await writeFile(file, 'one');
  const cluster = await Cluster.start('version', { env: { VERSION_FILE: file, XDG_RUNTIME_DIR: base } });
  const [up] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
  return { cluster, up, socket: String(up.socket), deploy: (version: string) => writeFile(file, version) };
}

test('looks after a cluster: every command, by its answer and exit code', async () => {
  const { base, troupe } = await place();
  const { cluster, deploy } = await serving(base);

  const status = await troupe('status');
  expect(status).toMatchObject({ code: 0, err: '' });
  expect(status.out).toMatch(/^up; 2 of 2 workers ready\n\nPID +STATE +GENERATION +AGE\n(\d+ +ready +1 +\d+ s\n){2}$/);
  expect(await troupe('exits')).toEqual({ code: 0, out: 'no worker has ended\n', err: '' });

  await deploy('two');
  expect(await troupe('reload')).toEqual({ code: 0, out: 'generation 2 serves\n', err: '' });
  await deploy('throws');
  const failed = await troupe('reload');
  expect(failed.code).toBe(1);
  expect(failed.err).toMatch(/^troupe: generation 3 was rolled back: configureApp failed: a bad configuration\n$/);
  await deploy('two');

  const { workers } = JSON.parse((await troupe('status', '--json')).out);
  const pid = String(workers[0].pid);
  expect((await troupe('pause', pid)).out).toMatch(new RegExp(`^${pid} +paused`, 'm'));
  expect((await troupe('resume')).out).not.toMatch(/paused/);
  expect((await troupe('retire', pid, 'it', 'is', 'old')).code).toBe(0);
  await cluster.logged(new RegExp(`worker ${pid} exited with code 0`));
  expect((await troupe('exits')).out).toMatch(new RegExp(`^${pid} .*asked to leave`, 'm'));
  expect((await troupe('scale', '1')).out).toMatch(/^1 workers from now on/);

  expect((await troupe('down')).out).toMatch(/^down: .*the command line/);
  expect((await troupe('up')).out).toMatch(/^up;/);
  expect(await troupe('pause', '1')).toEqual({ code: 1, out: '', err: 'troupe: 1 is no worker of this cluster\n' });

  expect(await troupe('stop')).toMatchObject({ code: 0, out: 'the cluster ends\n' });
  expect((await cluster.exit()).code).toBe(0);
});

test('the status says who debugs what, since when, and whether that program runs', async () => {
  const { base, troupe } = await place();
  const { up } = await serving(base);
  const { client } = await joinBus(up);
  const [{ pid = 0 } = {}] = await client.request('master', 'workers.list', undefined);
  await client.request('master', 'debug.begin', { pid, aside: false, by: 'Ada' });
  const shown = async () => /DEBUGGED +BY +SINCE +PROGRAM\n(.*)\n$/.exec((await troupe('status')).out)?.[1];
  expect(await shown()).toMatch(new RegExp(`^${pid} +Ada +\\d+ s ago +running$`));
  await client.request('master', 'debug.report', { pid, sessions: 1, paused: true, active: true });
  expect(await shown()).toMatch(/ paused$/);
  const { debugging } = JSON.parse((await troupe('status', '--json')).out);
  expect(debugging).toMatchObject([{ pid, by: 'Ada', paused: true }]);
  expect(debugging[0]).not.toHaveProperty('agent');
});

test('stop now ends at once', async () => {
  const { base, troupe } = await place();
  const { cluster } = await serving(base);
  expect((await troupe('stop', 'now')).code).toBe(0);
  expect((await cluster.exit()).code).toBe(0);
});

test('which cluster is meant: the only one, else the one that is named; none is an error', async () => {
  const { base, troupe } = await place();
  expect(await troupe('status')).toMatchObject({ code: 1, err: expect.stringMatching(/no cluster of this user/) });
  const first = await serving(base);
  const second = await serving(base);
  const unclear = await troupe('status');
  expect(unclear).toMatchObject({ code: 1, err: expect.stringContaining(`--socket ${first.socket}`) });
  expect(unclear.err).toContain(`--socket ${second.socket}`);
  expect((await troupe('status', '--socket', second.socket)).code).toBe(0);
  const nobody = await troupe('status', '--socket', join(base, 'nobody'));
  expect(nobody).toMatchObject({ code: 1, err: expect.stringMatching(/no cluster listens at/) });
});

test('what makes no sense is said before anything is asked', async () => {
  const { troupe } = await place();
  expect((await troupe('--help')).code).toBe(0);
  for (const [words, said] of [
    [[], ''],
    [['relaod'], "there is no command 'relaod'"],
    [['scale', 'many'], "'many' was given where a number of workers is expected"],
    [['retire'], 'nothing was given where the pid of a worker is expected'],
    [['status', 'now'], "'now' is one word too many"],
    [['stop', 'later'], "'stop later'"],
    [['status', '--jsno'], "Unknown option '--jsno'"],
  ] as const) {
    const { code, err } = await troupe(...words);
    expect([words, code]).toEqual([words, 2]);
    expect(err).toContain(said);
  }
});

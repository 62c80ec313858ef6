import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readInstallation } from '../src/tree/installation.ts';
import { npmLs } from '../src/tree/npm-ls.ts';
import { CASES } from './tree-cases.ts';
import { plant } from './trees.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');

test.each(Object.keys(CASES))('is what npm ls prints: %s', async name => {
  const directory = join(await plant(CASES[name] ?? {}), 'app');
  expect(await ours(directory)).toEqual(await npms(directory));
});

test('is what npm ls prints of this repository, to the letter, whole and at every depth', async () => {
  expect(await ours(REPOSITORY)).toBe(await npms(REPOSITORY));
  expect(await ours(REPOSITORY, 0)).toBe(await npms(REPOSITORY, '--depth=0'));
  expect(await ours(REPOSITORY, 2)).toBe(await npms(REPOSITORY, '--depth=2'));
});

test.each(['missing', 'workspaces'])('in production leaves out what npm ls leaves out: %s', async name => {
  const directory = join(await plant(CASES[name] ?? {}), 'app');
  expect(await ours(directory, undefined, true)).toEqual(await npms(directory, '--omit=dev'));
  expect(await ours(directory, undefined, true)).not.toEqual(await ours(directory));
});

test('in a workspace it is what npm ls prints there', async () => {
  const directory = join(await plant(CASES.workspaces ?? {}), 'app/packages/one');
  const text = await ours(directory);
  expect(text).toEqual(await npms(directory));
  expect(Object.keys(JSON.parse(text).dependencies)).toEqual(['one']);
});

async function ours(directory: string, depth?: number, omitDev = false): Promise<string> {
  return JSON.stringify(npmLs(await readInstallation({ directory, omitDev }), depth), null, 2);
}

/** npm says where things are on this machine; and it adds an `error` that repeats the problems. */
async function npms(directory: string, ...flags: string[]): Promise<string> {
  const stdout = await new Promise<string>((settle, reject) =>
    execFile(
      'npm',
      ['ls', '--json', '--all', '--offline', '--no-update-notifier', ...flags],
      { cwd: directory, maxBuffer: 2 ** 26, env: { ...process.env, NODE_ENV: '' } },
      // It exits with 1 when there are problems.
      (error, text) => (text === '' ? reject(error) : settle(text)),
    ),
  );
  const { error: _repeated, ...printed } = JSON.parse(stdout);
  const application = directory.replace(/\/packages\/one$/, '');
  return JSON.stringify(printed, null, 2).replaceAll(`${application}/`, '').replaceAll(application, '.');
}

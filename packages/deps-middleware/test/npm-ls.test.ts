import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'vitest';
import { readInstallation } from '../src/tree/installation.ts';
import { npmLs } from '../src/tree/npm-ls.ts';
import { CASES } from './tree-cases.ts';
import { plant } from './trees.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');

// npm takes its time to start; the tests run beside each other.
test.concurrent.for(Object.keys(CASES))('is what npm ls prints: %s', async (name, { expect, onTestFinished }) => {
  const directory = join(await plant(CASES[name] ?? {}, onTestFinished), 'app');
  expect(await ours(directory)).toEqual(await npms(directory));
});

test.concurrent.for([undefined, 0, 2])(
  'is what npm ls prints of this repository, to the letter, at depth %s',
  async (depth, { expect }) => {
    const flags = depth === undefined ? [] : [`--depth=${depth}`];
    expect(await ours(REPOSITORY, depth)).toBe(await npms(REPOSITORY, ...flags));
  },
);

test.concurrent.for(['missing', 'workspaces'])(
  'in production leaves out what npm ls leaves out: %s',
  async (name, { expect, onTestFinished }) => {
    const directory = join(await plant(CASES[name] ?? {}, onTestFinished), 'app');
    expect(await ours(directory, undefined, true)).toEqual(await npms(directory, '--omit=dev'));
    expect(await ours(directory, undefined, true)).not.toEqual(await ours(directory));
  },
);

test.concurrent('in a workspace it is what npm ls prints there', async ({ expect, onTestFinished }) => {
  const directory = join(await plant(CASES.workspaces ?? {}, onTestFinished), 'app/packages/one');
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

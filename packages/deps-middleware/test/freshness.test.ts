import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Answers } from '../src/answers.ts';
import type { Question } from '../src/question.ts';
import { Reader } from '../src/reader.ts';
import { add, installed, plant } from './trees.ts';

const TREE: Question = { format: 'json', depth: undefined, package: undefined };

async function start(idle = 60_000) {
  const directory = await plant({
    'package.json': { name: 'app', version: '1.0.0', dependencies: { a: '1', '@scope/b': '1' } },
    'package-lock.json': { name: 'app', lockfileVersion: 3, packages: {} },
    ...installed('a', '1.0.0', { dependencies: { c: '1' } }),
    ...installed('c', '1.0.0', {}, 'node_modules/a/'),
    ...installed('@scope/b', '1.0.0'),
  });
  const reader = new Reader({ directory, omitDev: false }, { idle, timeout: 60_000 });
  onTestFinished(() => reader.close());
  const read = vi.spyOn(reader, 'read');
  const answers = new Answers(reader, directory);
  const ask = async (question = TREE) => JSON.parse(await answers.to(question));
  /** Until what was written a moment ago is old enough to be relied on. */
  const settle = () =>
    vi.waitUntil(
      async () => {
        const before = read.mock.calls.length;
        await ask();
        return read.mock.calls.length === before;
      },
      { timeout: 10_000 },
    );
  return { directory, reader, read, ask, settle };
}

test('who asks at the same time shares one reading, and later ones are answered from memory', async () => {
  const { read, ask, settle } = await start();
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask()));
  expect(read).toHaveBeenCalledTimes(1);
  expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1);
  await settle();
  read.mockClear();
  await Promise.all(Array.from({ length: 50 }, () => ask()));
  expect(read).not.toHaveBeenCalled();
});

test.each<[string, (directory: string) => Promise<unknown>, object]>([
  ['package.json', directory => writeFile(join(directory, 'package.json'), '{"name":"renamed"}'), { name: 'renamed' }],
  ['the lock file', directory => writeFile(join(directory, 'package-lock.json'), '{}\n\n'), { name: 'app' }],
  [
    "npm's own record",
    directory => add(directory, 'node_modules/.package-lock.json', { lockfileVersion: 3, packages: {} }),
    { name: 'app' },
  ],
  [
    'a new package',
    directory => plantInto(directory, installed('d', '1.0.0')),
    { dependencies: { d: { extraneous: true } } },
  ],
  [
    'a scoped package that goes',
    directory => rm(join(directory, 'node_modules/@scope/b'), { recursive: true }),
    { dependencies: { '@scope/b': { missing: true } } },
  ],
  [
    'a package below another one that goes',
    directory => rm(join(directory, 'node_modules/a/node_modules/c'), { recursive: true }),
    { dependencies: { a: { dependencies: { c: { missing: true } } } } },
  ],
])('the next answer knows of a change: %s', async (_name, change, expected) => {
  const { directory, read, ask, settle } = await start();
  await settle();
  read.mockClear();
  await change(directory);
  expect(await ask()).toMatchObject(expected);
  expect(read).toHaveBeenCalled();
});

test('the thread ends when it has had nothing to do, and comes back', async () => {
  const { reader, ask } = await start(1);
  expect(reader.running).toBe(false);
  await ask();
  await vi.waitUntil(() => !reader.running, { timeout: 10_000 });
  expect(await ask({ ...TREE, depth: 0 })).toMatchObject({ name: 'app' });
});

test('whoever waits when it is closed is told, and the next one is answered', async () => {
  const { reader, ask } = await start();
  const lost = expect(ask()).rejects.toMatchObject({ code: 'TROUPE_ERR_DEPS_THREAD' });
  await vi.waitUntil(() => reader.running);
  await reader.close();
  await lost;
  expect(await ask()).toMatchObject({ name: 'app' });
});

test('a thread that hangs is ended at its deadline; whoever waits is told, and the next one has another thread', async () => {
  const { directory } = await start();
  // Hangs at the first question to this file, and answers the next.
  const entry = pathToFileURL(join(directory, 'thread.mjs'));
  await writeFile(entry, HANGING);
  const reader = new Reader({ directory, omitDev: false }, { idle: 60_000, timeout: 1_000, entry });
  onTestFinished(() => reader.close());
  const lost = await Promise.allSettled([reader.read(TREE, 1), reader.read(TREE, 1)]);
  for (const one of lost) {
    expect(one).toMatchObject({
      reason: { code: 'TROUPE_ERR_DEPS_THREAD', message: expect.stringContaining('took longer than 1000 ms') },
    });
  }
  expect(reader.running).toBe(false);
  expect(await reader.read(TREE, 1)).toEqual({ text: 'read', source: { places: [], began: 0 } });
});

const HANGING = `
import { existsSync, writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
const mark = new URL('hung', import.meta.url);
parentPort.on('message', ({ id }) => {
  if (!existsSync(mark)) {
    writeFileSync(mark, '');
    for (;;);
  }
  parentPort.postMessage({ id, reading: { text: 'read', source: { places: [], began: 0 } } });
});
`;

async function plantInto(directory: string, files: ReturnType<typeof installed>): Promise<void> {
  for (const [path, planted] of Object.entries(files)) await add(directory, path, planted);
}

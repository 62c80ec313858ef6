import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { saveEdit } from '../src/debugger/save-edit.ts';

async function application(): Promise<{ directory: string; root: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-save-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const root = join(directory, 'app');
  await mkdir(join(root, 'node_modules', 'some'), { recursive: true });
  await writeFile(join(root, 'main.js'), 'one');
  await writeFile(join(root, 'node_modules', 'some', 'index.js'), 'one');
  await writeFile(join(directory, 'outside.js'), 'one');
  return { directory, root };
}

test('an edit is written whole, and leaves nothing beside its file', async () => {
  const { root } = await application();
  expect(await saveEdit(join(root, 'main.js'), 'one', 'two', root)).toBeUndefined();
  expect(await readFile(join(root, 'main.js'), 'utf8')).toBe('two');
  expect((await readdir(root)).sort()).toEqual(['main.js', 'node_modules']);
});

test.each([
  ['another file by now', 'main.js', 'other', /is not what the worker had loaded/],
  ['gone', 'gone.js', 'one', /is not there any more/],
  ['outside', '../outside.js', 'one', /is outside the application/],
  ['outside, by a link', 'link.js', 'one', /is outside the application/],
  ['not to be read', 'circle.js', 'one', /could not be written: ELOOP/],
  ['a dependency', 'node_modules/some/index.js', 'one', /belongs to a dependency/],
  ['a dependency, by a link', 'dependency.js', 'one', /belongs to a dependency/],
])('%s: it is not written, and the reason is said', async (_what, name, before, reason) => {
  const { directory, root } = await application();
  await symlink(join(directory, 'outside.js'), join(root, 'link.js'));
  await symlink(join(root, 'node_modules', 'some', 'index.js'), join(root, 'dependency.js'));
  await symlink('circle.js', join(root, 'circle.js'));
  expect(await saveEdit(join(root, name), before, 'two', root)).toMatch(reason);
  for (const file of ['../outside.js', 'node_modules/some/index.js', 'main.js']) {
    expect(await readFile(join(root, file), 'utf8')).toBe('one');
  }
});

import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MarkStore } from '../src/index.ts';
import { directory } from './servers.ts';

test('a mark survives', async () => {
  const path = join(await directory(), 'state', 'mark.json');
  const store = await MarkStore.open(path);
  expect(store.stored).toBeUndefined();
  await store.save({ mark: 'down', by: 'Ada' });
  expect((await MarkStore.open(path)).stored).toEqual({ mark: 'down', by: 'Ada' });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('marks that follow each other fast end with the last, and leave no temporary file', async () => {
  const where = await directory();
  const store = await MarkStore.open(join(where, 'mark'));
  await Promise.all(Array.from({ length: 20 }, (_, i) => store.save({ mark: i % 2 ? 'up' : 'down', by: String(i) })));
  expect((await MarkStore.open(store.path)).stored).toEqual({ mark: 'up', by: '19' });
  expect(await readdir(where)).toEqual(['mark']);
});

describe('a file that cannot be understood means down, is reported and kept', () => {
  test.each(['', 'down', '{"mark":"down"', '{"mark":"sideways","by":"x"}', 'null', '[]', '{"mark":"up"}', '\0\0\0'])(
    '%j',
    async text => {
      const where = await directory();
      await writeFile(join(where, 'mark'), text);
      const reports: Error[] = [];
      const store = await MarkStore.open(join(where, 'mark'), problem => reports.push(problem));
      expect(store.stored).toEqual({ mark: 'down', by: 'a mark file that could not be read' });
      expect(reports).toEqual([expect.objectContaining({ code: 'TROUPE_ERR_ECV_MARK_FILE_CORRUPT' })]);
      const [kept = ''] = await readdir(where);
      expect(kept).toMatch(/^mark\.corrupt-/);
      expect(await readFile(join(where, kept), 'utf8')).toBe(text);
    },
  );
});

test('a write that fails leaves no temporary file', async () => {
  const where = await directory();
  const store = await MarkStore.open(join(where, 'mark'));
  await mkdir(store.path);
  await expect(store.save({ mark: 'up', by: 'Ada' })).rejects.toMatchObject({ code: 'TROUPE_ERR_ECV_MARK_NOT_KEPT' });
  expect(await readdir(where)).toEqual(['mark']);
});

test('a path that cannot be read is said at once', async () => {
  await expect(MarkStore.open(await directory())).rejects.toThrow('EISDIR');
});

test('a write that fails is told to who asked, and the next one is tried', async () => {
  const where = await directory();
  const store = await MarkStore.open(join(where, 'file', 'mark'));
  await writeFile(join(where, 'file'), 'in the way');
  await expect(store.save({ mark: 'down', by: 'Ada' })).rejects.toMatchObject({ code: 'TROUPE_ERR_ECV_MARK_NOT_KEPT' });
  await rm(join(where, 'file'));
  await store.save({ mark: 'up', by: 'Ada' });
  expect((await MarkStore.open(store.path)).stored).toEqual({ mark: 'up', by: 'Ada' });
});

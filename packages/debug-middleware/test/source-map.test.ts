import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { completeInline, mapFileOf, readSourceMap } from '../src/debugger/source-map.ts';

async function application(): Promise<{ root: string; outside: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-maps-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const root = join(directory, 'app');
  await mkdir(join(root, 'dist'), { recursive: true });
  await mkdir(join(root, 'src'));
  await writeFile(join(root, 'src', 'main.ts'), 'const main = 1;\n');
  await writeFile(join(directory, 'secret.ts'), 'const secret = 1;\n');
  return { root, outside: join(directory, 'secret.ts') };
}

async function read(root: string, map: object) {
  const file = join(root, 'dist', 'main.js.map');
  await writeFile(file, JSON.stringify({ version: 3, mappings: 'AAAA', ...map }));
  return (await readSourceMap(file, root)) as { sources: string[]; sourcesContent: string[]; mappings: string };
}

test('sources come with their text, by their own names', async () => {
  const { root } = await application();
  const map = await read(root, { sources: ['../src/main.ts'] });
  expect(map).toMatchObject({
    mappings: 'AAAA',
    sources: [pathToFileURL(join(root, 'src', 'main.ts')).href],
    sourcesContent: ['const main = 1;\n'],
  });
});

test('a text that is in the map stays, and sourceRoot counts', async () => {
  const { root } = await application();
  const map = await read(root, { sourceRoot: '../src/', sources: ['main.ts'], sourcesContent: ['as compiled'] });
  expect(map.sources).toEqual([pathToFileURL(join(root, 'src', 'main.ts')).href]);
  expect(map.sourcesContent).toEqual(['as compiled']);
});

test.each([
  ['by its path', '../../secret.ts'],
  ['by a link', '../src/link.ts'],
])('what is outside the application is not shown: %s', async (_how, source) => {
  const { root, outside } = await application();
  await symlink(outside, join(root, 'src', 'link.ts'));
  const { sourcesContent } = await read(root, { sources: [source] });
  expect(sourcesContent).toEqual([expect.stringContaining('outside the application')]);
});

test('a source that is not there, or cannot be read, says so in its place; the others are shown', async () => {
  const { root } = await application();
  await symlink('circle.ts', join(root, 'src', 'circle.ts'));
  await mkdir(join(root, '..data'));
  await writeFile(join(root, '..data', 'mounted.ts'), 'const mounted = 1;\n');
  const sources = ['../src/none.ts', '../src/main.ts/none.ts', '../src/circle.ts', 'a\0b', '../..data/mounted.ts'];
  const { sourcesContent } = await read(root, { sources });
  expect(sourcesContent).toEqual([
    '// This source is not there.\n',
    '// This source is not there.\n',
    expect.stringMatching(/cannot be read: ELOOP/),
    expect.stringMatching(/cannot be read: .*null bytes/),
    'const mounted = 1;\n',
  ]);
});

test('a map that is there but cannot be read is no missing one', async () => {
  const { root } = await application();
  await symlink('circle.map', join(root, 'dist', 'circle.map'));
  await expect(readSourceMap(join(root, 'dist', 'circle.map'), root)).rejects.toMatchObject({ code: 'ELOOP' });
  await expect(readSourceMap(join(root, 'dist', 'x'.repeat(300)), root)).rejects.toMatchObject({
    code: 'ENAMETOOLONG',
  });
});

test('a map that is outside, missing or none is not read', async () => {
  const { root, outside } = await application();
  expect(await readSourceMap(outside, root)).toBeUndefined();
  expect(await readSourceMap(join(root, 'dist', 'none.map'), root)).toBeUndefined();
  expect(await readSourceMap(join(root, 'src', 'main.ts'), root)).toBeUndefined();
});

test.each([
  ['file:///app/dist/a.js', 'a.js.map', '/app/dist/a.js.map'],
  ['file:///app/dist/a.js', '../maps/a.map', '/app/maps/a.map'],
  ['file:///app/dist/a.js', 'data:application/json;base64,e30=', undefined],
  ['file:///app/dist/a.js', 'file://elsewhere/a.map', undefined],
  ['file:///app/dist/a.js', 'https://elsewhere.example/a.map', undefined],
  ['node:fs', 'fs.map', undefined],
])('the map of %s at %s is %s', (script, url, file) => {
  expect(mapFileOf(script, url)).toBe(file);
});

describe('a map that a script has within itself', () => {
  const inline = (map: object) => `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
  const completed = async (root: string, url: string) => {
    const given = await completeInline(pathToFileURL(join(root, 'src', 'main.ts')).href, url, root);
    return JSON.parse(Buffer.from(given.split(',')[1] ?? '', 'base64').toString());
  };

  test('gets the texts that are missing, of sources inside the application', async () => {
    const { root, outside } = await application();
    const map = { version: 3, mappings: 'AAAA', sources: [join(root, 'src', 'main.ts'), outside, 'memory:///x.ts'] };
    for (const sourcesContent of [undefined, [null, null, null]]) {
      expect(await completed(root, inline({ ...map, sourcesContent }))).toMatchObject({
        mappings: 'AAAA',
        sources: [pathToFileURL(join(root, 'src', 'main.ts')).href, pathToFileURL(outside).href, 'memory:///x.ts'],
        sourcesContent: ['const main = 1;\n', expect.stringContaining('outside the application'), null],
      });
    }
    const escaped = `data:application/json,${encodeURIComponent(JSON.stringify(map))}`;
    expect((await completed(root, escaped)).sourcesContent[0]).toBe('const main = 1;\n');
  });

  test.each([
    ['that has all its texts', inline({ version: 3, sources: ['a.ts'], sourcesContent: ['a'] })],
    ['that is none', inline({ sources: [7] })],
    ['that cannot be read', 'data:application/json,%'],
    ['without anything', 'data:'],
  ])('stays as it is: one %s', async (_what, url) => {
    const { root } = await application();
    expect(await completeInline(pathToFileURL(join(root, 'src', 'main.ts')).href, url, root)).toBe(url);
    expect(await completeInline('file://elsewhere/main.ts', url, root)).toBe(url);
    expect(await completeInline('evalmachine.<anonymous>', url, root)).toBe(url);
  });
});

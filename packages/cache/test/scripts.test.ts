import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { temporaryDirectory } from './helpers.ts';

/** What a script prints that imports the package as its users do; it must end by itself and leave nothing behind. */
async function outputOf(source: string): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFile(
    join(directory, 'script.mjs'),
    source.replaceAll('@troupe/cache', new URL('../dist/index.js', import.meta.url).href),
  );
  const child = spawn(process.execPath, ['script.mjs'], {
    cwd: directory,
    env: { ...process.env, XDG_RUNTIME_DIR: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 15_000,
  });
  // 'close' comes when nobody holds the output any more: a manager that is left behind would.
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(code).toBe(0);
  const runtimes = (await readdir(directory)).filter(name => name.startsWith('troupe-'));
  for (const each of runtimes) expect(await readdir(join(directory, each))).toEqual([]);
  return output;
}

it('the example of the README runs, and ends', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```js\n(.*?)```/s.exec(readme) ?? [];
  expect(await outputOf(example)).toBe(
    "pears costs { amount: 4, currency: 'EUR' }\npears costs undefined\n{ amount: 3, currency: 'EUR' }\n",
  );
});

it.each(['master', 'standalone'])(
  'enable(), mode %s: keeps no process alive, and can be closed and opened again',
  async mode => {
    const output = await outputOf(`
    import { enable, use } from '@troupe/cache';
    const options = { mode: '${mode}' };
    const first = await enable(options);
    if ((await enable(options)) !== first) throw new Error('enabled twice');
    const cache = use('c');
    await cache.set('k', 1);
    console.log(await cache.get('k'), await cache.get('k'));
    await first.close();
    const waits = cache.get('k');
    await enable(options);
    console.log(await waits);
  `);
    expect(output).toBe('1 1\nnull\n');
  },
);

it('enable({ enable: false }), and a mode that there is not', async () => {
  const output = await outputOf(`
    import { enable, use } from '@troupe/cache';
    console.log((await enable({ enable: false })).socket);
    console.log(await enable({ mode: 'cluster' }).catch(({ code }) => code));
    console.log(await use('c').get('k', null, { wait: 20 }).otherwise(({ code }) => code));
  `);
  expect(output).toBe('undefined\nTROUPE_ERR_CACHE_BAD_ARGUMENT\nTROUPE_ERR_CACHE_NO_MANAGER\n');
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { temporaryDirectory } from './helpers.ts';

it('the example of the README runs, and ends', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [master, worker] = Array.from(readme.matchAll(/```js\n(.*?)```/gs), ([, code]) =>
    String(code).replace('@troupe/ipc', new URL('../dist/index.js', import.meta.url).href),
  );
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'master.mjs'), String(master));
  await writeFile(join(directory, 'worker.mjs'), String(worker));
  const child = spawn(process.execPath, ['master.mjs'], {
    cwd: directory,
    env: { ...process.env, XDG_RUNTIME_DIR: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 15_000,
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(output).toContain('a worker says hello the master');
  expect(code).toBe(0);
});

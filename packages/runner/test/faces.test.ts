import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** The runner, and what it loads with `require`: CommonJS, with an ES module as the face of each entry. */
const packages = ['ipc', 'guard', 'ecv-middleware', 'metrics-middleware', 'runner'];
const directoryOf = (name: string) => new URL(`../../${name}/`, import.meta.url);

const entries = packages.flatMap(name => {
  const { exports } = JSON.parse(readFileSync(new URL('package.json', directoryOf(name)), 'utf8'));
  return Object.keys(exports)
    .filter(path => exports[path].require !== undefined)
    .map(path => `@troupe/${name}${path.slice(1)}`);
});

const PROGRAM = `
  const { createRequire } = await import('node:module');
  const [entry] = process.argv.slice(1);
  const required = createRequire(process.cwd() + '/x.js')(entry);
  const imported = await import(entry);
  const names = Object.keys(imported);
  const others = names.filter(name => imported[name] !== required[name]);
  console.log(JSON.stringify({ count: names.length, others }));
  process.exit();
`;

const node = (...argv: string[]) => promisify(execFile)(process.execPath, argv, { cwd: import.meta.dirname });

it.each(entries)('%s is one instance, imported or required', async entry => {
  const { stdout, stderr } = await node('--input-type=module', '-e', PROGRAM, entry);
  expect(stderr).toBe('');
  const { count, others } = JSON.parse(stdout);
  expect(count).toBeGreaterThan(0);
  expect(others).toEqual([]);
});

// Node warns of an ES module that is required, unless the package was installed by npm.
it.each(packages)('no file of %s requires an ES module', async name => {
  const files = readdirSync(new URL('dist', directoryOf(name))).filter(file => file.endsWith('.cjs'));
  expect(files).toContain('index.cjs');
  const load = files.map(file => `require('${new URL(`dist/${file}`, directoryOf(name)).pathname}')`).join(';');
  expect(await node('-e', `${load};process.exit()`)).toEqual({ stdout: '', stderr: '' });
});

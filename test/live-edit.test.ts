/** Functions of a running worker are changed, and their files where that is wanted; each guard refuses its case. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { get } from './harness/clients.ts';
import { launchDebugged } from './harness/debugged-cluster.ts';
import { Inspector } from './harness/inspector.ts';

const root = join(import.meta.dirname, '..');
const ES = "import { sep } from 'node:path';\nexport function answer() {\n  return 'one' + sep;\n}\n";
const COMMON = "exports.answer = function answer() {\n  return 'one';\n};\n";

/** A worker that loads the modules from a directory of its own, and a debugger on it. */
async function start({ save = true, below = '' } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-edited-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const home = join(directory, below);
  await mkdir(home, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  await writeFile(join(home, 'es.mjs'), ES);
  await writeFile(join(home, 'common.cjs'), COMMON);
  await cp(join(import.meta.dirname, 'dist', 'fixtures', 'say.js'), join(home, 'say.js'));
  const fixture = await readFile(join(import.meta.dirname, 'dist', 'fixtures', 'edited.js'), 'utf8');
  const runner = join(root, 'packages', 'runner', 'dist', 'index.js');
  await writeFile(join(home, 'main.js'), fixture.replace("'@troupe/runner'", JSON.stringify(runner)));

  const cluster = await launchDebugged({ env: { SAVE: save ? 'yes' : 'no' } }, join(home, 'main.js'));
  const lease = await cluster.bus.request(
    'master',
    'debug.begin',
    { pid: cluster.pid, aside: true, by: 'a test' },
    { timeout: 30_000 },
  );
  const inspector = await Inspector.attach(cluster.url);
  await inspector.send('Runtime.enable');
  await inspector.send('Debugger.enable');

  const edit = async (name: string, change: (source: string) => string) => {
    const { scriptId } = await inspector.event('Debugger.scriptParsed', ({ url }) => String(url).endsWith(`/${name}`));
    const { scriptSource } = await inspector.send('Debugger.getScriptSource', { scriptId });
    return inspector.send('Debugger.setScriptSource', { scriptId, scriptSource: change(String(scriptSource)) });
  };
  const said = async () => {
    const isOurs = ({ args }: Record<string, unknown>) => JSON.stringify(args).includes('Troupe: ');
    const { args } = await inspector.event('Runtime.consoleAPICalled', isOurs);
    return (args as { value: string }[])[0]?.value;
  };
  return {
    edit,
    said,
    ask: async (path: '/es' | '/common') => (await get({ socketPath: lease.door, path })).body,
    read: (name: string) => readFile(join(home, name), 'utf8'),
    write: (name: string, text: string) => writeFile(join(home, name), text),
  };
}

/** V8 has no live edit any more since the one of Node 26. */
const hasLiveEdit = Number(process.versions.node.split('.')[0]) < 26;

const toTwo = (source: string) => source.replace('one', 'two');

test.runIf(hasLiveEdit).each([
  ['common.cjs', '/common', COMMON],
  ['es.mjs', '/es', ES],
] as const)('%s: the answer changes, and the file', async (name, path, source) => {
  const { edit, said, ask, read } = await start();
  expect(await ask(path)).toContain('one');
  expect(await edit(name, toTwo)).toMatchObject({ status: 'Ok' });
  expect(await ask(path)).toContain('two');
  expect(await said()).toMatch(/edited, and saved/);
  expect(await read(name)).toBe(toTwo(source));
});

test.runIf(hasLiveEdit)('without saveLiveEdit the answer changes, and the file does not', async () => {
  const { edit, said, ask, read } = await start({ save: false });
  await edit('common.cjs', toTwo);
  expect(await ask('/common')).toBe('two');
  expect(await said()).toMatch(/edited in memory/);
  expect(await read('common.cjs')).toBe(COMMON);
});

test.runIf(hasLiveEdit)('a file that somebody else has changed is left alone', async () => {
  const { edit, said, ask, read, write } = await start();
  await write('common.cjs', `${COMMON}// changed\n`);
  await edit('common.cjs', toTwo);
  expect(await ask('/common')).toBe('two');
  expect(await said()).toMatch(/not saved: .* is not what the worker had loaded/);
  expect(await read('common.cjs')).toBe(`${COMMON}// changed\n`);
});

test.runIf(hasLiveEdit)('a dependency is not written to', async () => {
  const { edit, said, ask, read } = await start({ below: join('node_modules', 'some') });
  await edit('common.cjs', toTwo);
  expect(await ask('/common')).toBe('two');
  expect(await said()).toMatch(/not saved: .* belongs to a dependency/);
  expect(await read('common.cjs')).toBe(COMMON);
});

test.runIf(hasLiveEdit).each([
  ['an import more', (source: string) => `import 'node:os';\n${source}`],
  ['an import less', (source: string) => source.replace(/^import.*\n/, '').replace(' + sep', '')],
  ['another name', (source: string) => source.replace('{ sep }', '{ posix as sep }')],
  ['an export more', (source: string) => `${source}export const more = 1;\n`],
  ['an export of another name', (source: string) => source.replace('export function answer', 'export function reply')],
])('an edit that changes what a module shares is refused: %s', async (_what, change) => {
  const { edit, said, ask, read } = await start();
  await expect(edit('es.mjs', change)).rejects.toThrow(/changes what the module imports or exports/);
  expect(await said()).toMatch(/Not edited/);
  expect(await ask('/es')).toContain('one');
  expect(await read('es.mjs')).toBe(ES);
});

test.runIf(hasLiveEdit)('what is no code is said by V8, and changes nothing', async () => {
  const { edit, ask, read } = await start();
  expect(await edit('es.mjs', source => `${source}}`)).toMatchObject({ status: 'CompileError' });
  expect(await ask('/es')).toContain('one');
  expect(await read('es.mjs')).toBe(ES);
});

test.runIf(!hasLiveEdit)('where V8 has no live edit, it is said', async () => {
  const { edit, ask } = await start();
  await expect(edit('common.cjs', toTwo)).rejects.toThrow(/this version of Node cannot exchange code/);
  expect(await ask('/common')).toBe('one');
});

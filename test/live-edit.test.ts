/** Functions of a running worker are changed, and their files where that is wanted; each guard refuses its case. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMON, ES, hasLiveEdit, startEdited as start } from './harness/edited-worker.ts';

const toTwo = (source: string) => source.replace('one', 'two');

test.runIf(hasLiveEdit).each([
  ['common.cjs', '/common', COMMON],
  ['es.mjs', '/es', ES],
] as const)('%s: the answer changes, and the file', async (name, path, source) => {
  const { edit, said, ask, read } = await start();
  expect(await ask(path)).toContain('one');
  expect(await edit(name, toTwo)).toMatchObject({ status: 'Ok' });
  expect(await ask(path)).toContain('two');
  expect(await said()).toMatch(/^info: .*edited, and saved/);
  expect(await read(name)).toBe(toTwo(source));
});

test.runIf(hasLiveEdit)('without saveLiveEdit the answer changes, and the file does not', async () => {
  const { edit, said, ask, read } = await start({ save: false });
  await edit('common.cjs', toTwo);
  expect(await ask('/common')).toBe('two');
  expect(await said()).toMatch(/^info: .*edited in memory/);
  expect(await read('common.cjs')).toBe(COMMON);
});

test.runIf(hasLiveEdit)('a file that somebody else has changed is left alone', async () => {
  const { edit, said, ask, read, write } = await start();
  await write('common.cjs', `${COMMON}// changed\n`);
  await edit('common.cjs', toTwo);
  expect(await ask('/common')).toBe('two');
  expect(await said()).toMatch(/^warning: .*not saved: .* is not what the worker had loaded/);
  expect(await read('common.cjs')).toBe(`${COMMON}// changed\n`);
});

test.runIf(hasLiveEdit)('a dependency is not written to', async () => {
  const { edit, said, ask, read } = await start({ below: join('node_modules', 'some') });
  await edit('common.cjs', toTwo);
  expect(await ask('/common')).toBe('two');
  expect(await said()).toMatch(/^warning: .*not saved: .* belongs to a dependency/);
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
  expect(await said()).toMatch(/^warning: .*Not edited: it changes what/);
  expect(await ask('/es')).toContain('one');
  expect(await read('es.mjs')).toBe(ES);
});

test.runIf(hasLiveEdit)('what is no code is said by V8, and changes nothing', async () => {
  const { edit, said, ask, read } = await start();
  expect(await edit('es.mjs', source => `${source}}`)).toMatchObject({ status: 'CompileError' });
  expect(await said()).toMatch(/^warning: .*es\.mjs: not edited\. It is no code: SyntaxError: .*, line 5\.$/);
  expect(await ask('/es')).toContain('one');
  expect(await read('es.mjs')).toBe(ES);
});

test.runIf(hasLiveEdit)('what runs at the moment is not edited, and it says when it can be', async () => {
  const common =
    "function word() {\n  return 'one';\n}\nexports.answer = function answer() {\n  return word() + '!';\n};\n";
  const { inspector, edit, said, ask, read } = await start({ common });
  await inspector.send('Debugger.setBreakpointByUrl', { urlRegex: 'common\\.cjs$', lineNumber: 1 });
  const answer = ask('/common');
  await inspector.event('Debugger.paused');
  expect(await edit('common.cjs', source => source.replace('!', '?'))).toMatchObject({
    status: 'BlockedByActiveFunction',
  });
  expect(await said()).toMatch(/^warning: .*not edited\. A function that it changes is running/);
  await inspector.send('Debugger.resume');
  expect(await answer).toBe('one!');
  expect(await read('common.cjs')).toBe(common);
});

test.runIf(hasLiveEdit)('a generator that has begun is not edited', async () => {
  const common =
    "function* words() {\n  yield 'one';\n}\nconst begun = words();\nbegun.next();\nexports.begun = begun;\nexports.answer = () => 'one';\n";
  const { edit, said, read } = await start({ common });
  const status = 'BlockedByActiveGenerator';
  expect(await edit('common.cjs', source => source.replace("yield 'one'", "yield 'two'"))).toMatchObject({ status });
  expect(await said()).toMatch(/^warning: .*not edited\. An async function or a generator that it changes has begun/);
  expect(await read('common.cjs')).toBe(common);
});

test.runIf(!hasLiveEdit)('where V8 has no live edit, it is said', async () => {
  const { edit, ask } = await start();
  await expect(edit('common.cjs', toTwo)).rejects.toThrow(/this version of Node cannot exchange code/);
  expect(await ask('/common')).toBe('one');
});

/** Edits that V8 answers with `Ok` although what runs is as before: the person is told, and offered what helps. */
import { expect, test } from 'vitest';
import { launchBrowser, openPage } from './harness/browser.ts';
import { get } from './harness/clients.ts';
import { DevTools } from './harness/devtools.ts';
import { COMMON, ES, hasLiveEdit, startEdited } from './harness/edited-worker.ts';

const ANSWER = "exports.answer = function answer() {\n  return 'one';\n};\n";
const two = (source: string) => source.replace("'one'", "'two'");

test.runIf(hasLiveEdit).each([
  [
    'a variable that the function was not born with',
    ANSWER,
    (source: string) => `const word = 'two';\n${source.replace("'one'", 'word')}`,
    /saved, needs a reload: answer still runs its old code, and what the file does when it is loaded has changed/,
  ],
  [
    'another name',
    ANSWER,
    (source: string) => two(source).replace('function answer', 'function reply'),
    /saved, needs a reload: answer still runs its old code\./,
  ],
  [
    'one variable more of the function around it',
    "function make(a, b) {\n  return function inner() {\n    return a + 'one';\n  };\n}\nexports.answer = make('x', 'y');\n",
    (source: string) => source.replace("a + 'one'", "a + b + 'two'"),
    /needs a reload: inner still runs its old code\./,
  ],
  [
    'a constant of the file',
    "const word = 'one';\nexports.answer = () => word;\n",
    two,
    /saved, needs a reload: what the file does when it is loaded has changed, and is done already\./,
  ],
])('%s', async (_what, common, change, told) => {
  const { edit, said, ask, read } = await startEdited({ common });
  const before = await ask('/common');
  expect(await edit('common.cjs', change)).toMatchObject({ status: 'Ok' });
  expect(await ask('/common')).toBe(before);
  expect(await said()).toMatch(told);
  expect(await read('common.cjs')).toBe(change(common));
});

test.runIf(hasLiveEdit)('a method more, which no object has, is no edit that is done', async () => {
  const common =
    "class A {\n  say() {\n    return 'one';\n  }\n}\nconst a = new A();\nexports.answer = () => a.say();\n";
  const { edit, said } = await startEdited({ common });
  await edit(
    'common.cjs',
    source => `${source.replace("'one'", 'this.more()').replace('  say', '  more() {}\n  say')}`,
  );
  expect(await said()).toMatch(/needs a reload: what the file does when it is loaded/);
});

test.runIf(hasLiveEdit)('what an earlier edit has left behind is still said after the next one', async () => {
  const { edit, said, ask } = await startEdited({ common: ANSWER });
  await edit('common.cjs', source => two(source).replace('function answer', 'function reply'));
  expect(await said()).toMatch(/answer still runs its old code/);
  await edit('common.cjs', source => source.replace("'two'", "'three'"));
  expect(await said()).toMatch(/needs a reload: answer still runs its old code/);
  expect(await ask('/common')).toBe('one');
});

test.runIf(hasLiveEdit)('not saved, it says that a reload alone does not help', async () => {
  const { edit, said } = await startEdited({ common: ANSWER, save: false });
  await edit('common.cjs', source => two(source).replace('function answer', 'function reply'));
  expect(await said()).toMatch(
    /^warning: .*edited in memory \(.*\), which is not enough: answer still runs its old code\. Save the/,
  );
});

test.runIf(hasLiveEdit)('a module’s own code is refused by V8, and it says what to do', async () => {
  const { edit, said } = await startEdited({ es: "const word = 'one';\nexport const answer = () => word;\n" });
  expect(await edit('es.mjs', two)).toMatchObject({ status: 'BlockedByTopLevelEsModuleChange' });
  expect(await said()).toMatch(
    /^warning: .*es\.mjs: not edited\. What a module does when it is loaded is done already/,
  );
});

test.runIf(hasLiveEdit)(
  'typed in DevTools, an edit that could crash V8 is refused, and so is what is no code: the page says so until it is dismissed',
  async () => {
    const browser = await launchBrowser();
    try {
      const { url, ask, read, workers, pid } = await startEdited();
      const { page } = await openPage(browser.context, url);
      const devTools = new DevTools(page);
      await devTools.open('es.mjs');
      await devTools.replace('answer', 'reply');
      await page.locator('.notice-bad', { hasText: 'it changes what the module imports or exports' }).waitFor();
      await devTools.open('common.cjs');
      await devTools.replace('exports', 'const');
      await page.locator('.notice-bad', { hasText: 'common.cjs: not edited. It is no code: SyntaxError' }).waitFor();
      expect([await ask('/es'), await ask('/common')]).toEqual(['one/', 'one']);
      expect([await read('es.mjs'), await read('common.cjs')]).toEqual([ES, COMMON]);
      expect((await workers()).find(worker => worker.pid === pid)).toMatchObject({ debugged: true });
    } finally {
      await browser.close();
    }
  },
);

test.runIf(hasLiveEdit)('the page offers the reload, which brings the edit to those who serve', async () => {
  const browser = await launchBrowser();
  try {
    const { url, port, edit } = await startEdited({ common: ANSWER });
    const { page } = await openPage(browser.context, url);
    await page.locator('#standing', { hasText: 'Running' }).waitFor();
    await edit('common.cjs', source => two(source).replace('function answer', 'function reply'));
    const notice = page.locator('.notice', { hasText: 'saved, needs a reload' });
    await notice.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('The reload is done').waitFor();
    expect((await get({ port, path: '/common' })).body).toBe('two');
  } finally {
    await browser.close();
  }
});

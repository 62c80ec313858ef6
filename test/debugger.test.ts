/** The debugger as people use it: in Chromium, on a real cluster. */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applicationOf } from './harness/application.ts';
import { launchBrowser, openPage } from './harness/browser.ts';
import { debuggedCluster, launchDebugged } from './harness/debugged-cluster.ts';
import { DevTools } from './harness/devtools.ts';
import { Load } from './harness/load.ts';
import { Relay } from './harness/relay.ts';

let browser: { context: BrowserContext; close(): Promise<void> };

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Lines of fixtures/debuggee.ts: the first one of `configureApp`, and the one of `greeting`. */
const CONFIGURE = 7;
const GREETING = 9;

/** Heartbeats of two workers, each every 500 ms, for which a breakpoint is held, and how long they may take: a minute in the long run. */
const HELD = process.env.TROUPE_NIGHTLY ? { beats: 240, within: 120_000 } : { beats: 6, within: 20_000 };

type Debugged = Awaited<ReturnType<typeof debuggedCluster>>;

const standing = (page: Page, text: string) => page.locator('#standing', { hasText: text }).waitFor();
const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

async function open(url: string): Promise<{ page: Page; devTools: DevTools; complaints: string[] }> {
  const { page, complaints } = await openPage(browser.context, url);
  return { page, devTools: new DevTools(page), complaints };
}

/** DevTools asks every worker for what only a browser has, and writes down that there is none. */
const isOfNoBrowser = (complaint: string) => /^Request Network\.\w+ failed\. .*-32601/.test(complaint);

/** Debugs a worker up to a breakpoint that a request has reached. */
async function openPaused(url: string): Promise<{ page: Page; devTools: DevTools }> {
  const { page, devTools } = await open(`${url}?begin=aside`);
  await standing(page, 'Running');
  await devTools.open('debuggee.ts');
  await devTools.clickGutter(GREETING);
  await send(page, '/greet/Ada');
  await devTools.paused.waitFor();
  await standing(page, 'Paused');
  return { page, devTools };
}

/** Sends a request to the worker of the page; the answer is shown there. */
async function send(page: Page, path: string): Promise<void> {
  await click(page, 'Send a request');
  await page.getByLabel('Path').fill(path);
  await click(page, 'Send');
}

/** Express applications, and where the line of `greeting` is in their sources. */
const APPLICATIONS: [string, { file: string; line: number; launch(...args: string[]): Promise<Debugged> }][] = [
  ['TypeScript, compiled', { file: 'debuggee.ts', line: GREETING, launch: debuggedCluster }],
  [
    'TypeScript through tsx',
    {
      file: 'debuggee.ts',
      line: GREETING,
      launch: async (...args) => {
        const main = join(await applicationOf('debuggee.ts', 'say.ts'), 'debuggee.ts');
        return launchDebugged({ args: [main, ...args] }, `--import=${import.meta.resolve('tsx')}`);
      },
    },
  ],
  [
    'CommonJS',
    {
      file: 'debuggee.cjs',
      line: 9,
      launch: async (...args) => launchDebugged({ args }, join(await applicationOf('debuggee.cjs'), 'debuggee.cjs')),
    },
  ],
];

test.each(APPLICATIONS)(
  '%s: a worker is debugged while the others serve: breakpoint, variables, step, resume, back to rotation',
  async (_kind, { file, line, launch }) => {
    const { debug, port, pid, workers, beats } = await launch('--heartbeatInterval=500', '--nanny.tolerance=500');
    const { page, devTools, complaints } = await open(debug);
    await page.locator(`tr[data-pid="${pid}"] .pid`).hover();
    await page.getByRole('menuitem', { name: 'Debug …' }).click();
    const load = new Load(port, 4);
    await load.reaches(100);
    await click(page, 'Debug');
    await standing(page, 'Running');
    expect((await workers()).filter(({ state }) => state === 'ready')).toHaveLength(2);

    await devTools.open(file);
    await devTools.clickGutter(line);
    await send(page, '/greet/Ada');
    await devTools.paused.waitFor();
    await standing(page, 'Paused');
    await devTools.variable('name', '"Ada"').waitFor();

    await devTools.press('F10');
    await devTools.executionLine('res.send(greeting)').waitFor();
    await devTools.variable('greeting', '"Hello, Ada"').waitFor();
    const overview = await open(debug);
    await overview.page.locator(`tr[data-pid="${pid}"]`, { hasText: /debugged by .*: program paused/ }).waitFor();
    await page.bringToFront();
    // Silent for longer than the nanny would bear.
    await beats(HELD.beats, HELD.within);
    await devTools.press('F8');
    await page.locator('.answer', { hasText: 'Hello, Ada' }).waitFor();

    await click(page, 'Finish: back to rotation');
    await page.getByText('Nobody debugs this worker.').waitFor();
    expect((await workers()).find(worker => worker.pid === pid)).toMatchObject({ state: 'ready', debugged: false });
    expect((await load.stop()).failed).toEqual([]);
    // Nothing was loaded from elsewhere, and nothing against the policy of the page.
    expect(complaints.filter(complaint => !isOfNoBrowser(complaint))).toEqual([]);
  },
  HELD.within + 60_000,
);

test('a fresh worker waits before configureApp, and stops in its first line', async () => {
  const { debug, port, workers } = await debuggedCluster();
  const { page, devTools } = await open(debug);
  await click(page, 'Debug a fresh one …');
  await click(page, 'Fork it');
  await standing(page, 'Waits before configureApp');
  await devTools.open('debuggee.ts');
  await devTools.clickGutter(CONFIGURE);
  await click(page, 'Run');
  await devTools.paused.waitFor();
  await standing(page, 'Paused');
  await devTools.press('F8');
  await standing(page, 'Running');
  const fresh = Number(await page.locator('#pid').textContent());
  await send(page, '/');
  await page.locator('.answer', { hasText: String(fresh) }).waitFor();
  // It listens, and takes no traffic.
  const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`http://127.0.0.1:${port}/`)));
  expect(await Promise.all(answers.map(answer => answer.text()))).not.toContain(String(fresh));
  await click(page, 'Finish: retire it');
  await standing(page, 'Ended');
  expect((await workers()).filter(({ state }) => state === 'ready')).toHaveLength(2);
});

test('loaded anew in the middle of a pause, and when the network was gone for a while, debugging goes on', async () => {
  const { url, sessions } = await debuggedCluster();
  const relay = await Relay.start(Number(new URL(url).port));
  const { page, devTools } = await openPaused(url.replace(/:\d+/, `:${relay.port}`));
  // What the old page held goes on; DevTools remembers the breakpoint.
  await page.reload();
  await standing(page, 'Running');
  await devTools.open('debuggee.ts');
  await send(page, '/greet/Bob');
  await devTools.paused.waitFor();
  await devTools.variable('name', '"Bob"').waitFor();
  await standing(page, 'Paused');

  const none = sessions(0);
  relay.cut();
  await none;
  await standing(page, 'Not connected');
  relay.mend();
  await standing(page, 'Running');
  await devTools.reconnect();
  await sessions(1);
  await devTools.open('debuggee.ts');
  await click(page, 'Send');
  await devTools.paused.waitFor();
  await devTools.press('F8');
  await page.locator('.answer', { hasText: 'Hello, Bob' }).waitFor();
});

/** V8 has no live edit any more since the one of Node 26. */
const hasLiveEdit = Number(process.versions.node.split('.')[0]) < 26;

test.runIf(hasLiveEdit)(
  'an edit typed in DevTools changes the answer and the file; one of a file that has changed leaves it alone',
  async () => {
    const file = join(await applicationOf('debuggee.cjs'), 'debuggee.cjs');
    const { url } = await launchDebugged({}, file);
    const { page, devTools } = await open(`${url}?begin=aside`);
    await standing(page, 'Running');
    await devTools.open('debuggee.cjs');
    await devTools.replace('Hello', 'Goodbye');
    await page.getByText('debuggee.cjs: edited, and saved.').waitFor();
    await send(page, '/greet/Ada');
    await page.locator('.answer', { hasText: 'Goodbye, Ada' }).waitFor();
    expect(await readFile(file, 'utf8')).toContain('Goodbye, ');

    await appendFile(file, '// changed\n');
    await devTools.replace('Goodbye', 'Farewell');
    await page.getByText('is not what the worker had loaded').waitFor();
    await click(page, 'Send');
    await page.locator('.answer', { hasText: 'Farewell, Ada' }).waitFor();
    expect(await readFile(file, 'utf8')).not.toContain('Farewell');
  },
);

test('two browsers on one worker', async () => {
  const { url } = await debuggedCluster();
  const one = await open(`${url}?begin=aside`);
  await standing(one.page, 'Running');
  const other = await openPaused(url);
  await standing(one.page, 'Paused');
  await one.devTools.press('F8');
  await other.page.locator('.answer', { hasText: 'Hello, Ada' }).waitFor();
  await standing(other.page, 'Running');
  await other.page.getByText('2 debuggers connected').waitFor();
});

test('a debugged worker is killed: the page says so, and the others serve', async () => {
  const { url, pid, port } = await debuggedCluster();
  const { page } = await openPaused(url);
  process.kill(pid, 'SIGKILL');
  await standing(page, 'Ended');
  await page.getByText('This worker has ended, and another has its place.').waitFor();
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
});

test('who goes elsewhere leaves no session open, and the program goes on', async () => {
  const { url, bus, sessions } = await debuggedCluster();
  const { page } = await openPaused(url);
  const none = sessions(0);
  await page.goto('about:blank');
  await none;
  expect((await bus.request('master', 'debug.leases', undefined))[0]).toMatchObject({ sessions: 0, paused: false });
  // Back again, it is as before: the lease waits for a while.
  await page.goBack();
  await standing(page, 'Running');
  await sessions(1);
});

test('a cluster that stops waits for no debugger', async () => {
  const { url, cluster } = await debuggedCluster();
  await openPaused(url);
  cluster.signal('SIGTERM');
  // Far less than stopTimeout, 60 s.
  expect(await cluster.exit(10_000)).toEqual({ code: 0, signal: null });
});

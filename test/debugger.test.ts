/** The debugger as people use it: in Chromium, on a real cluster. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage } from './harness/browser.ts';
import { debuggedCluster } from './harness/debugged-cluster.ts';
import { DevTools } from './harness/devtools.ts';
import { Load } from './harness/load.ts';

let browser: { context: BrowserContext; close(): Promise<void> };

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Lines of fixtures/debuggee.ts: the first one of `configureApp`, and the one of `greeting`. */
const CONFIGURE = 7;
const GREETING = 9;

const standing = (page: Page, text: string) => page.locator('#standing', { hasText: text }).waitFor();
const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

async function open(url: string): Promise<{ page: Page; devTools: DevTools }> {
  const { page } = await openPage(browser.context, url);
  return { page, devTools: new DevTools(page) };
}

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

test('a worker is debugged while the others serve: breakpoint, variables, step, resume, back to rotation', async () => {
  const { debug, port, pid, workers, beats } = await debuggedCluster(
    '--heartbeatInterval=500',
    '--nanny.tolerance=500',
  );
  const { page, devTools } = await open(debug);
  await page.locator(`tr[data-pid="${pid}"] .pid`).hover();
  await page.getByRole('menuitem', { name: 'Debug …' }).click();
  const load = new Load(port, 4);
  await load.reaches(100);
  await click(page, 'Debug');
  await standing(page, 'Running');
  expect((await workers()).filter(({ state }) => state === 'ready')).toHaveLength(2);

  await devTools.open('debuggee.ts');
  await devTools.clickGutter(GREETING);
  await send(page, '/greet/Ada');
  await devTools.paused.waitFor();
  await standing(page, 'Paused');
  await devTools.variable('name', '"Ada"').waitFor();

  await devTools.press('F10');
  await devTools.executionLine('res.send(greeting)').waitFor();
  await devTools.variable('greeting', '"Hello, Ada"').waitFor();
  // Silent for longer than the nanny would bear.
  await beats(6);
  await devTools.press('F8');
  await page.locator('.answer', { hasText: 'Hello, Ada' }).waitFor();

  await click(page, 'Finish: back to rotation');
  await page.getByText('Nobody debugs this worker.').waitFor();
  expect((await workers()).find(worker => worker.pid === pid)).toMatchObject({ state: 'ready', debugged: false });
  expect((await load.stop()).failed).toEqual([]);
});

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

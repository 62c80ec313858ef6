/** The debugger as people use it: in Chromium, on a real cluster. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage } from './harness/browser.ts';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';
import { DevTools } from './harness/devtools.ts';
import { Load } from './harness/load.ts';

let browser: { context: BrowserContext; close(): Promise<void> };

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** The line of `greeting` in fixtures/debuggee.ts. */
const GREETING = 9;

/** Two workers, a client of their bus, and where the first one is debugged. */
async function start(...args: string[]) {
  const cluster = await Cluster.start('debuggee', { args });
  const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening')]);
  const { client: bus } = await joinBus(up);
  const workers = () => bus.request('master', 'workers.list', undefined);
  const [{ pid = 0 } = {}] = await workers();
  const debug = `http://127.0.0.1:${up.port}/debug`;
  return { cluster, bus, workers, pid, port: Number(port), debug, url: `${debug}/workers/${pid}` };
}

const standing = (page: Page, text: string) => page.locator('#standing', { hasText: text }).waitFor();
const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Sends a request to the worker of the page; the answer is shown there. */
async function send(page: Page, path: string): Promise<void> {
  await click(page, 'Send a request');
  await page.getByLabel('Path').fill(path);
  await click(page, 'Send');
}

test('a worker is debugged while the others serve: breakpoint, variables, step, resume, back to rotation', async () => {
  const { url, port, pid, workers } = await start('--heartbeatInterval=100', '--nanny.tolerance=500');
  const load = new Load(port, 4);
  await load.reaches(100);

  const { page } = await openPage(browser.context, url);
  await click(page, 'Debug');
  await standing(page, 'Running');
  expect((await workers()).filter(({ state }) => state === 'ready')).toHaveLength(2);

  const devTools = new DevTools(page);
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
  const { answered } = load.tally;
  await load.reaches(answered + 2_000);
  await devTools.press('F8');
  await page.locator('.answer', { hasText: 'Hello, Ada' }).waitFor();

  await click(page, 'Finish: back to rotation');
  await page.getByText('Nobody debugs this worker.').waitFor();
  expect((await workers()).find(worker => worker.pid === pid)).toMatchObject({ state: 'ready', debugged: false });
  expect((await load.stop()).failed).toEqual([]);
});

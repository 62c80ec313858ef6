import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage } from './harness/browser.ts';
import { Cluster } from './harness/cluster.ts';

let browser: { context: BrowserContext; close(): Promise<void> };

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** A cluster of two workers, and where its page is. */
async function start(): Promise<{ cluster: Cluster; url: string }> {
  const cluster = await Cluster.start('hello', { args: ['--heartbeat-interval=500'] });
  const { port } = await cluster.event('up');
  return { cluster, url: `http://127.0.0.1:${port}/debug` };
}

const rows = (page: Page) => page.locator('#workers tbody tr');
const row = (page: Page, pid: number) => page.locator(`#workers tr[data-pid="${pid}"]`);

async function pids(page: Page): Promise<number[]> {
  await rows(page).nth(1).waitFor();
  const names = await rows(page).locator('.pid').allTextContents();
  return names.map(Number);
}

test('the page says that all is well, complains of nothing, and loads nothing from elsewhere', async () => {
  const { url } = await start();
  const { page, complaints } = await openPage(browser.context, url);
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
  await rows(page).nth(1).waitFor();
  for (const section of ['Charts', 'Log', 'Overview']) await page.getByRole('link', { name: section }).click();
  await page.getByRole('link', { name: 'Help' }).click();
  await page.getByRole('heading', { name: 'A worker is replaced' }).waitFor();
  expect(complaints).toEqual([]);
});

test('the row of a killed worker goes, and its successor’s comes, within two seconds', async () => {
  const { url } = await start();
  const { page } = await openPage(browser.context, url);
  const [victim = 0, other = 0] = await pids(page);
  const timeout = 2_000;
  process.kill(victim, 'SIGKILL');
  await Promise.all([
    row(page, victim).waitFor({ state: 'detached', timeout }),
    page.locator(`#workers tr:not([data-pid="${victim}"]):not([data-pid="${other}"])[data-state]`).waitFor({ timeout }),
  ]);
  await page.getByText('1 worker died in the last 5 minutes.').waitFor();
});

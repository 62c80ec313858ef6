import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage, seriousFindings } from './harness/browser.ts';
import { get } from './harness/clients.ts';
import { Cluster, type Launch } from './harness/cluster.ts';

let browser: { context: BrowserContext; close(): Promise<void> };

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** A cluster, and where its page is. */
async function start(fixture = 'hello', { args = [], ...launch }: Launch = {}) {
  const cluster = await Cluster.start(fixture, { args: ['--heartbeat-interval=500', ...args], ...launch });
  const { port, socket } = await cluster.event('up');
  return { cluster, socket, port: Number(port), url: `http://127.0.0.1:${port}/debug` };
}

const rows = (page: Page) => page.locator('#workers tr[data-pid]');
const row = (page: Page, pid: number) => page.locator(`#workers tr[data-pid="${pid}"]`);
const inState = (page: Page, pid: number, state: string) =>
  page.locator(`#workers tr[data-pid="${pid}"][data-state="${state}"]`);

async function pids(page: Page): Promise<number[]> {
  await rows(page).nth(1).waitFor();
  const names = await rows(page).locator('.pid').allTextContents();
  return names.map(Number);
}

/** Chooses an action of a worker's, as a person with a mouse does. */
async function choose(page: Page, pid: number, action: RegExp, confirmation?: string): Promise<void> {
  await page.bringToFront();
  await row(page, pid).locator('.pid').hover();
  await page.getByRole('menuitem', { name: action }).click();
  if (confirmation) await page.getByRole('dialog').getByRole('button', { name: confirmation }).click();
}

test('the page says that all is well, complains of nothing, and loads nothing from elsewhere', async () => {
  const { url } = await start();
  const { page, complaints } = await openPage(browser.context, url);
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
  await rows(page).nth(1).waitFor();
  for (const section of ['Charts', 'Caches', 'Statuses', 'Log', 'Overview']) {
    await page.getByRole('link', { name: section }).click();
    expect(await seriousFindings(page)).toEqual([]);
  }
  await page.getByRole('link', { name: 'Help' }).click();
  await page.getByRole('heading', { name: 'A worker is replaced' }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
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

test('pause, resume, retire, mark down and up work from the page, ask before they harm, and a second browser follows', async () => {
  const { cluster, url, port } = await start();
  const { page } = await openPage(browser.context, url);
  const { page: second } = await openPage(browser.context, url);
  const [first = 0, other = 0] = await pids(page);
  await pids(second);

  await choose(page, first, /^Pause/, 'Cancel');
  await choose(page, first, /^Pause/, 'Pause');
  await Promise.all([page, second].map(each => inState(each, first, 'paused').waitFor()));
  await second.bringToFront();
  await second.getByRole('button', { name: `Resume ${first}` }).click();
  await Promise.all([page, second].map(each => inState(each, first, 'ready').waitFor()));

  await choose(page, other, /^Retire/, 'Retire');
  await Promise.all([page, second].map(each => row(each, other).waitFor({ state: 'detached' })));
  await second.getByRole('heading', { name: 'All is well' }).waitFor();

  await page.bringToFront();
  await page.getByRole('button', { name: 'Mark down' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Mark down' }).click();
  await second.getByRole('heading', { name: 'No traffic comes in' }).waitFor();
  expect(await get({ port, path: '/ecv' })).toMatchObject({ status: 500 });
  await second.bringToFront();
  await second.getByRole('button', { name: 'Mark up' }).click();
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
  expect(await get({ port, path: '/ecv' })).toMatchObject({ status: 200 });
  const actions = cluster.lines.flatMap(({ msg }) => /^audit: loopback page: (\w+)/.exec(msg ?? '')?.[1] ?? []);
  expect(actions).toEqual(['pause', 'resume', 'retire', 'mark', 'mark']);
});

test('a worker is profiled from the page, and serves on', async () => {
  const { url } = await start();
  const { page, complaints } = await openPage(browser.context, url);
  const [first = 0] = await pids(page);
  await choose(page, first, /^Profile/, 'Cancel');
  // The page asks for 10 s.
  await page.route('**/measure/cpu?*', route => route.continue({ url: route.request().url().replace('=10', '=1') }));
  const downloading = page.waitForEvent('download');
  await choose(page, first, /^Profile/, 'CPU');
  const download = await downloading;
  expect(download.suggestedFilename()).toBe(`worker-${first}.cpuprofile`);
  await page.getByText(`worker-${first}.cpuprofile is with your downloads.`).waitFor();
  await inState(page, first, 'ready').waitFor();
  expect(complaints).toEqual([]);
});

test('it works by keyboard alone, in 380 px', async () => {
  const { url } = await start();
  const { page } = await openPage(browser.context, url, { viewport: { width: 380, height: 800 } });
  const [first = 0] = await pids(page);
  const width = 'document.documentElement.scrollWidth';
  for (const section of ['Charts', 'Caches', 'Statuses', 'Log', 'Overview']) {
    await page.getByRole('link', { name: section }).focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate(width), section).toBe(380);
  }
  await row(page, first).locator('.pid').focus();
  await page.keyboard.press('Enter');
  for (const key of ['ArrowRight', 'ArrowLeft', 'Enter']) await page.keyboard.press(key);
  await page.getByRole('dialog', { name: `Pause worker ${first}?` }).waitFor();
  for (const key of ['Tab', 'Enter']) await page.keyboard.press(key);
  await inState(page, first, 'paused').waitFor();
});

test('markup in a status, in an error and in a line of the log is text', async () => {
  const { cluster, url } = await start('markup');
  const { page, complaints } = await openPage(browser.context, `${url}#statuses`);
  await page.getByText('value <img src="x"').first().waitFor();
  await page.getByText('sum 84 · avg 42 · min 42 · max 42').waitFor();
  const { port } = await cluster.event('worker-up');
  await get({ port: Number(port) });
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.locator('#exits').getByText('thrown <img src="x"').first().waitFor();
  await page.getByRole('link', { name: 'Log' }).click();
  await page.locator('#log').getByText('thrown <img src="x"').first().waitFor();
  expect(await page.evaluate('window.ran')).toBeUndefined();
  expect(complaints).toEqual([]);
});

test('caches are shown with what is in them, page by page; an entry is found, read and deleted', async () => {
  const { url } = await start('cached');
  const { page, complaints } = await openPage(browser.context, `${url}#caches`);
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('row', { name: /^\d+ cache manager .* MB/ }).waitFor();
  await page.getByRole('link', { name: 'Caches' }).click();
  await page.getByRole('button', { name: 'fruit' }).click();
  const entries = page.locator('.entries tbody tr');
  await entries.nth(49).waitFor();
  for (const count of [100, 121]) {
    await page.getByRole('button', { name: 'More' }).click();
    await entries.nth(count - 1).waitFor();
  }
  expect(await page.getByRole('button', { name: 'More' }).isVisible()).toBe(false);
  expect(await seriousFindings(page)).toEqual([]);

  await page.getByLabel('Key contains').fill('quin');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText(`'<img src="x" onerror="window.ran = true">'`).waitFor();
  expect(await entries.count()).toBe(1);
  await page.getByRole('button', { name: 'Delete quince' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('quince is deleted.').waitFor();
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('No key contains that.').waitFor();
  expect(await page.evaluate('window.ran')).toBeUndefined();
  expect(complaints).toEqual([]);
});

test('a page whose master is killed says how old its data is, and goes on when there is another one', async () => {
  const { cluster, port, url } = await start('configured', { leavesRunDirectory: true });
  const { page } = await openPage(browser.context, url);
  const before = await pids(page);
  cluster.signal('SIGKILL');
  await page.getByText(/^Connection lost; data is \d+ s old$/).waitFor();
  await cluster.allGone();
  await start('configured', { env: { OPTIONS: JSON.stringify({ monPort: port }) } });
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
  const after = await pids(page);
  expect(after).toHaveLength(2);
  expect(after.filter(pid => before.includes(pid))).toEqual([]);
});

test.each(['monitor-express', 'monitor-connect'])(
  '%s shows and operates the cluster from another process',
  async fixture => {
    const { socket } = await start();
    const monitor = await Cluster.start(fixture, { env: { TROUPE_SOCKET: String(socket) } });
    const { address } = await monitor.event('monitor');
    const { port } = address as { port: number };
    const { page, complaints } = await openPage(browser.context, `http://127.0.0.1:${port}/debug`);
    const [first = 0] = await pids(page);
    await page.locator(`#workers tr[data-pid="${first}"] td[data-label="Memory"]`, { hasText: 'MB' }).waitFor();
    await choose(page, first, /^Pause/, 'Pause');
    await inState(page, first, 'paused').waitFor();
    expect(complaints).toEqual([]);
  },
);

test('whoever may only look sees no button that would be refused', async () => {
  const { url } = await start('guarded');
  const { page, complaints } = await openPage(browser.context, url);
  await page.getByText('You may look.').waitFor();
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
  await rows(page).first().locator('.pid').hover();
  expect(await page.getByRole('button', { name: /mark|reload|retire|pause/i }).count()).toBe(0);
  expect(await page.getByRole('menuitem').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('in production the page takes the token: off without one, and a login away with one', async () => {
  const env = { NODE_ENV: 'production' };
  const off = await start('hello', { env });
  expect(await get({ port: off.port, path: '/debug' })).toMatchObject({
    status: 404,
    body: expect.stringMatching(/monToken/),
  });

  const { port, url } = await start('hello', {
    env: { ...env, TROUPE_MON_TOKEN: 'long and random' },
    args: ['--no-mon-trust-loopback'],
  });
  expect(await get({ port, path: '/debug/assets/main.js' })).toMatchObject({ status: 403 });
  const { page } = await openPage(browser.context, `http://127.0.0.1:${port}/login?next=/debug`);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByLabel('Token').fill('long and random');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(url);
  await page.getByText('You may debug.').waitFor();
  const [first = 0] = await pids(page);
  await choose(page, first, /^Pause/, 'Pause');
  await inState(page, first, 'paused').waitFor();

  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Token').waitFor();
  expect(await browser.context.cookies()).toEqual([]);
  expect((await page.goto(url))?.status()).toBe(403);

  await page.goto(`http://127.0.0.1:${port}/login`);
  await page.getByLabel('Token').fill('long and random');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: /^Monitor of / }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Token').waitFor();
  expect(await browser.context.cookies()).toEqual([]);
});

test('64 workers, each heard every second, leave the browser idle most of the time', async () => {
  const monitor = await Cluster.start('crowd');
  const { address } = await monitor.event('monitor');
  const { port } = address as { port: number };
  const { page } = await openPage(browser.context, `http://127.0.0.1:${port}/debug`);
  await rows(page).nth(63).waitFor();
  const devtools = await browser.context.newCDPSession(page);
  // CPU time of the page's main thread: what else runs on this machine does not count.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    const value = (name: string) => metrics.find(metric => metric.name === name)?.value ?? 0;
    return { tasks: value('TaskDuration'), at: performance.now() / 1_000 };
  };
  const before = await busy();
  const age = rows(page).last().locator('td[data-label="Age"]');
  const [seconds = 0] = [Number((await age.textContent())?.replace(' s', ''))];
  await age.getByText(`${seconds + 3} s`).waitFor();
  const after = await busy();
  expect((after.tasks - before.tasks) / (after.at - before.at)).toBeLessThan(0.2);
});

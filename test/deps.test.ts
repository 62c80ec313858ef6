import { expect, onTestFinished, test } from 'vitest';
import { addressesOf } from './harness/addresses.ts';
import { launchBrowser, openPage, seriousFindings } from './harness/browser.ts';
import { Cluster } from './harness/cluster.ts';

test('the monitor tells the dependencies of the application, and ends its thread with the cluster', async () => {
  const cluster = await Cluster.start('hello', { args: ['--port=0', '--monPort=0', '--noWorkers=1'] });
  const { monitor } = await addressesOf(cluster);
  const report = await fetch(`${monitor}/deps`);
  expect([report.status, report.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  // The fixture belongs to a workspace: what npm ls prints there.
  expect(await report.json()).toMatchObject({
    name: 'troupe-workspace',
    dependencies: { '@troupe/integration-tests': { dependencies: { express: {}, '@troupe/runner': {} } } },
  });
  const page = await fetch(`${monitor}/deps`, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('<h1>troupe-workspace');
  expect((await fetch(`${monitor}/deps/assets/page.js`)).status).toBe(200);
  expect((await fetch(`${monitor}/depsy`)).status).toBe(404);

  cluster.signal('SIGTERM');
  expect(await cluster.exit()).toEqual({ code: 0, signal: null });
});

test('its page searches as one types, opens by keyboard, fits a narrow screen, and says why', async () => {
  const cluster = await Cluster.start('hello', { args: ['--port=0', '--monPort=0', '--noWorkers=1'] });
  const { monitor } = await addressesOf(cluster);
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const viewport = { width: 380, height: 700 };
  const { page, complaints } = await openPage(browser.context, `${monitor}/deps`, { viewport, colorScheme: 'dark' });

  expect(await seriousFindings(page)).toEqual([]);
  const row = page.locator('#tree li[data-package^="body-parser@"]').first();
  expect(await row.isVisible()).toBe(false);
  await page.keyboard.press('/');
  await page.keyboard.type('Body-Parser');
  await row.waitFor({ state: 'visible' });
  expect(await page.locator('#matches').textContent()).toMatch(/^\d+ in the tree$/);
  expect(await page.locator('#tree li[data-package^="pino@"]').first().isVisible()).toBe(false);
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);

  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Why is Body-Parser here?' }).waitFor();
  await page.getByRole('link', { name: 'body-parser', exact: true }).click();
  await page.getByRole('heading', { name: 'Why is body-parser here?' }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  expect(await page.locator('.ways li').first().textContent()).toMatch(/^troupe-workspace.*express.*body-parser/s);
  expect(complaints).toEqual([]);
});

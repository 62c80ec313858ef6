/** What a worker does with its time and memory, as files that DevTools opens. */
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { launchBrowser, openPage } from './harness/browser.ts';
import { debuggedCluster } from './harness/debugged-cluster.ts';

const measure = (url: string, what: string) => fetch(`${url}/measure/${what}?seconds=1`, { method: 'POST' });
const snapshots = async () => (await readdir(tmpdir())).filter(name => name.startsWith('troupe-snapshot-'));

test('CPU and heap profiles of a worker in rotation, which is left alone afterwards', async () => {
  const { url, bus, pid } = await debuggedCluster();
  const cpu = await measure(url, 'cpu');
  expect(cpu.headers.get('content-disposition')).toBe(`attachment; filename="worker-${pid}.cpuprofile"`);
  expect(await cpu.json()).toMatchObject({ nodes: expect.any(Array), samples: expect.any(Array) });
  const heap = await measure(url, 'heap');
  expect(await heap.json()).toMatchObject({ head: expect.any(Object), samples: expect.any(Array) });
  expect(await bus.request('master', 'debug.leases', undefined)).toEqual([]);
  expect(await bus.request('master', 'workers.list', undefined)).toHaveLength(2);
});

test('a heap snapshot is taken of a worker that is out of rotation, and of no other', async () => {
  const { url, bus, pid } = await debuggedCluster();
  const refused = await measure(url, 'snapshot');
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('out of rotation first')]);
  await bus.request('master', 'debug.begin', { pid, aside: true, by: 'a test' }, { timeout: 30_000 });
  const before = await snapshots();
  const [first, second] = await Promise.all([measure(url, 'snapshot'), measure(url, 'snapshot')]);
  const [taken, meanwhile] = first?.ok ? [first, second] : [second, first];
  expect(await meanwhile?.text()).toContain('being measured already');
  expect(await taken?.json()).toMatchObject({ snapshot: { meta: expect.any(Object) }, nodes: expect.any(Array) });
  expect(await snapshots()).toEqual(before);
});

test('from the page of a session: each file is among the downloads, a snapshot once it is confirmed', async () => {
  const browser = await launchBrowser();
  try {
    const { url, pid } = await debuggedCluster();
    const { page } = await openPage(browser.context, `${url}?begin=aside`);
    // The page asks for 10 s.
    await page.route('**/measure/*', route => route.continue({ url: route.request().url().replace('=10', '=1') }));
    const menu = page.locator('details.measure');
    const takes = async (item: string, confirmation?: string) => {
      await menu.locator('summary').click();
      const downloading = page.waitForEvent('download');
      await menu.getByRole('button', { name: item }).click();
      expect(await menu.getAttribute('open')).toBeNull();
      if (confirmation) await page.getByRole('dialog').getByRole('button', { name: confirmation }).click();
      return (await downloading).suggestedFilename();
    };
    expect(await takes('CPU profile, 10 s')).toBe(`worker-${pid}.cpuprofile`);
    expect(await takes('Heap profile, 10 s')).toBe(`worker-${pid}.heapprofile`);
    expect(await takes('Heap snapshot …', 'Take it')).toBe(`worker-${pid}.heapsnapshot`);
  } finally {
    await browser.close();
  }
});

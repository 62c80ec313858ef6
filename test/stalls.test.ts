/** What holds the event loop of a worker: traced from outside while it serves, or while it does not any more. */
import type { StallTrace } from '@troupe/debug-middleware';
import { expect, test } from 'vitest';
import { launchBrowser, openPage, seriousFindings } from './harness/browser.ts';
import { get } from './harness/clients.ts';
import { launchDebugged } from './harness/debugged-cluster.ts';

const start = () => launchDebugged({}, 'stalling');
const trace = (url: string, seconds: number, signal?: AbortSignal) =>
  fetch(`${url}/measure/stalls?seconds=${seconds}&threshold=150`, { method: 'POST', ...(signal && { signal }) });

/** Holds the loop again and again until `done`. */
async function holdUntil<T>(done: Promise<T>, port: number): Promise<T> {
  let goesOn = true;
  const ended = () => {
    goesOn = false;
  };
  done.then(ended, ended);
  while (goesOn) await get({ port, path: '/hold' });
  return done;
}

test('each stall is named, with its function in the source; the worker is left as it was', async () => {
  const { url, port, pid, bus } = await start();
  const response = await holdUntil(trace(url, 2), port);
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="worker-${pid}.stalls.cpuprofile"`);
  const { stalls, stallCount, ...profile } = (await response.json()) as StallTrace;
  expect(stallCount).toBeGreaterThanOrEqual(2);
  for (const { by, duration } of stalls) {
    expect(duration).toBeGreaterThanOrEqual(150);
    expect(by).toMatchObject({ function: 'holdTheLoop', file: expect.stringMatching(/test\/fixtures\/stalling\.ts$/) });
  }
  // Its name is not in it for certain: what was optimized before is shown as whoever called it.
  const seen = profile.nodes.filter(
    ({ callFrame, hitCount = 0 }) => hitCount > 0 && callFrame.functionName !== '(idle)',
  );
  expect(seen.length).toBeGreaterThan(0);
  expect(profile.samples).toHaveLength(profile.timeDeltas.length);
  expect(await bus.request('master', 'debug.leases', undefined)).toEqual([]);
  expect(await bus.request('master', 'workers.list', undefined)).toMatchObject([{ pid, state: 'ready' }]);
});

test('a worker that does nothing has none', async () => {
  const { url } = await start();
  const { stallCount, stalls } = (await (await trace(url, 1)).json()) as StallTrace;
  expect([stallCount, stalls]).toEqual([0, []]);
});

test('one that runs in circles is traced, too, and is not replaced for it', async () => {
  const { cluster, url, port, pid, bus } = await start();
  // From then on it has an agent.
  await (await trace(url, 1)).arrayBuffer();
  get({ port, path: '/ever' }).catch(() => undefined);
  await cluster.event('holding');
  const response = await trace(url, 1);
  expect([response.status, response.ok || (await response.text())]).toEqual([200, true]);
  const { stalls } = (await response.json()) as StallTrace;
  expect(stalls).toMatchObject([{ lasts: true, by: { function: 'holdForEver' } }]);
  expect(stalls[0]?.by?.file).toMatch(/stalling\.ts$/);
  expect(await bus.request('master', 'debug.leases', undefined)).toEqual([]);
  expect(await bus.request('master', 'workers.list', undefined)).toMatchObject([{ pid, state: 'ready' }]);
});

test('whoever goes away ends it: nothing is left, and it can begin anew', async () => {
  const { url, bus, pid } = await start();
  const leases = new Promise<void>(resolve => {
    let seen = false;
    bus.onEvent('debug-leases', ([list]) => {
      const open = (list as unknown[]).length;
      if (open > 0) seen = true;
      else if (seen) resolve();
    });
  });
  const leaves = new AbortController();
  const left = trace(url, 300, leaves.signal).catch((problem: Error) => problem.name);
  const opened = new Promise<void>(resolve =>
    bus.onEvent('debug-leases', ([list]) => {
      if ((list as { state: string }[])[0]?.state === 'open') resolve();
    }),
  );
  await opened;
  leaves.abort();
  expect(await left).toBe('AbortError');
  await leases;
  expect((await trace(url, 1)).status).toBe(200);
  expect(await bus.request('master', 'workers.list', undefined)).toMatchObject([{ pid, state: 'ready' }]);
});

test('from the live page: the menu of a worker, rows that a person reads, and the file', async () => {
  const browser = await launchBrowser();
  try {
    const { debug, port, pid } = await start();
    const { page, complaints } = await openPage(browser.context, debug);
    await page.locator(`tr[data-pid="${pid}"] .pid`).hover();
    await page.getByRole('menuitem', { name: 'Stalls …' }).click();
    await page.getByLabel('For').fill('2');
    await page.getByLabel('Stalls of at least').fill('150');
    await page.getByRole('button', { name: 'Trace', exact: true }).click();
    const row = page.locator('.stall', { hasText: 'holdTheLoop' }).first();
    await holdUntil(row.waitFor(), port);
    await row.locator('summary').click();
    expect(await row.locator('pre').textContent()).toMatch(/^.*holdTheLoop .*stalling\.ts:\d+/m);
    expect(await seriousFindings(page)).toEqual([]);
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download for DevTools' }).click();
    expect((await download).suggestedFilename()).toBe(`worker-${pid}.stalls.cpuprofile`);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});

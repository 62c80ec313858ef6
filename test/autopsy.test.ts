/** What filled the memory of a worker that is replaced for it. */
import type { Autopsy } from '@troupe/ipc';
import { expect, test } from 'vitest';
import { launchBrowser, openPage, seriousFindings } from './harness/browser.ts';
import { joinBus } from './harness/bus.ts';
import { Cluster, type Launch } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';
import { Load } from './harness/load.ts';

async function start(autopsy: object, launch: Launch = {}) {
  const options = JSON.stringify({ autopsy: { enable: true, ...autopsy } });
  const cluster = await Cluster.start('leaking', { ...launch, env: { OPTIONS: options, ...launch.env } });
  const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', 2)]);
  const { client: bus, emitter } = await joinBus(up);
  const [{ pid = 0 } = {}] = await bus.request('master', 'workers.list', undefined);

  /** Has the worker leak; resolves with its exit, and what the event said. */
  const leak = async () => {
    let told: Autopsy | undefined;
    bus.onEvent(`worker-${pid}-autopsy`, ([autopsy]) => {
      told = autopsy as Autopsy;
    });
    const died = new Promise<void>(resolve => bus.onEvent(`worker-${pid}-died`, () => resolve()));
    emitter.to(pid).emit('leak');
    await within(died, `the end of worker ${pid}`, 40_000);
    const [exit] = await bus.request('master', 'workers.exits', undefined);
    return { exit, told };
  };
  return { cluster, bus, pid, port: Number(port), url: `http://127.0.0.1:${up.port}/debug`, leak };
}

test('the class that leaks is named against the successor: in the log, as an event, with the exit; no request fails', async () => {
  const { cluster, bus, pid, port, leak } = await start({});
  const load = new Load(port, 4);
  await load.reaches(20);
  const { exit, told } = await leak();
  const { refused, failed } = await load.stop();
  expect([refused, failed]).toEqual([0, []]);
  expect(exit).toMatchObject({ pid, asked: true, code: 0, reason: expect.stringContaining('its heap uses') });
  const { autopsy } = exit ?? {};
  expect(autopsy).toEqual(told);
  expect(autopsy?.growing?.[0]).toMatchObject({ name: 'ForgottenSession', count: 120_000, young: 0 });
  expect(autopsy?.collections?.[0]).toEqual({ kind: 'Map', size: 120_000, of: 'ForgottenSession' });
  const workers = await bus.request('master', 'workers.list', undefined);
  expect(workers.map(worker => worker.pid)).toContain(autopsy?.against);
  const line = await cluster.logged(new RegExp(`^autopsy of worker ${pid}:`));
  expect(line.msg).toMatch(
    /120,000 more of ForgottenSession, .*compared with \d+; its largest collection: Map of 120,000/,
  );
  expect(await bus.request('master', 'debug.leases', undefined)).toEqual([]);
});

test('off, nothing is examined', async () => {
  const { leak } = await start({ enable: false });
  const { exit, told } = await leak();
  expect([exit?.code, exit?.autopsy, told]).toEqual([0, undefined, undefined]);
});

test('a heap that is too large is left alone, and the worker leaves all the same', async () => {
  const { cluster, pid, leak } = await start({ maxHeap: 1_000_000 });
  const { exit, told } = await leak();
  expect(exit).toMatchObject({
    code: 0,
    autopsy: { problem: expect.stringMatching(/more than autopsy\.maxHeap, 1 MB/) },
  });
  expect(told).toEqual(exit?.autopsy);
  await cluster.logged(new RegExp(`^autopsy of worker ${pid}: none, its heap uses`));
});

test('one that takes too long ends with its worker, which nobody waits for', async () => {
  const { bus, leak } = await start({ timeout: 1 });
  const { exit } = await leak();
  expect(exit).toMatchObject({ signal: 'SIGKILL', autopsy: { problem: 'it took longer than 1 ms' } });
  expect(await bus.request('master', 'workers.list', undefined)).toHaveLength(2);
});

test('in production, without a debugger, and on the command line', async () => {
  const env = { NODE_ENV: 'production', OPTIONS: '{}' };
  const { leak } = await start({}, { env, args: ['--autopsy.enable'] });
  const { exit } = await leak();
  expect(exit?.autopsy?.growing?.[0]?.name).toBe('ForgottenSession');
});

test('the page has it with the exit, and as a file', async () => {
  const browser = await launchBrowser();
  try {
    const { url, pid, leak } = await start({});
    await leak();
    const { page, complaints } = await openPage(browser.context, url);
    await page.getByText('more of ForgottenSession').click();
    await page.getByText('Map of 120,000 ForgottenSession').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    expect((await download).suggestedFilename()).toBe(`worker-${pid}.autopsy.json`);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});

/** What becomes of a worker that somebody debugs, by what is asked over the bus. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DebugLease } from '@troupe/ipc';
import { expect, test } from 'vitest';
import { get } from './harness/clients.ts';
import { debuggedCluster, launchDebugged } from './harness/debugged-cluster.ts';
import { Inspector } from './harness/inspector.ts';
import { Load } from './harness/load.ts';
import { listeningPorts } from './harness/sockets.ts';

type Debugged = Awaited<ReturnType<typeof debuggedCluster>>;

const begin = ({ bus, pid }: Debugged, aside = true): Promise<DebugLease> =>
  bus.request('master', 'debug.begin', { pid, aside, by: 'a test' }, { timeout: 30_000 });
const end = ({ bus, pid }: Debugged, next: 'return' | 'leave') => bus.request('master', 'debug.end', { pid, next });
const state = async ({ workers, pid }: Debugged) => (await workers()).find(worker => worker.pid === pid)?.state;

/** Stops the program of a worker in the middle of a request to it. */
async function pause(lease: DebugLease, inspector: Inspector) {
  await inspector.send('Debugger.enable');
  await inspector.send('Debugger.setBreakpointByUrl', { urlRegex: 'debuggee\\.js$', lineNumber: 7 });
  const answer = get({ socketPath: lease.door, path: '/greet/Ada' });
  await inspector.event('Debugger.paused');
  return { answer };
}

test('it stands aside for its successor, and comes back: no request fails', async () => {
  const cluster = await debuggedCluster();
  const load = new Load(cluster.port, 8);
  await load.reaches(200);
  const lease = await begin(cluster);
  expect(lease).toMatchObject({
    pid: cluster.pid,
    state: 'open',
    aside: true,
    fresh: false,
    by: 'a test',
    sessions: 0,
  });
  expect((await cluster.workers()).map(worker => worker.state).sort()).toEqual(['paused', 'ready', 'ready']);

  const inspector = await Inspector.connect(lease.agent);
  const { answer } = await pause(lease, inspector);
  const { answered } = load.tally;
  await load.reaches(answered + 500);
  expect(await listeningPorts(cluster.pid)).toEqual([]);
  await end(cluster, 'return');
  expect((await answer).body).toBe('Hello, Ada');
  await inspector.closed;
  expect(await state(cluster)).toBe('ready');
  await cluster.cluster.logged(/exited with code 0/);
  expect((await cluster.workers()).map(worker => worker.state)).toEqual(['ready', 'ready']);
  expect((await load.stop()).failed).toEqual([]);
});

test('it is retired instead: its successor has its place already', async () => {
  const cluster = await debuggedCluster();
  await begin(cluster);
  await end(cluster, 'leave');
  await cluster.cluster.logged(new RegExp(`worker ${cluster.pid} exited with code 0`));
  expect((await cluster.workers()).map(worker => worker.state)).toEqual(['ready', 'ready']);
});

test('a worker that is debugged in rotation has no successor, and stays', async () => {
  const cluster = await debuggedCluster();
  await begin(cluster, false);
  expect(await cluster.workers()).toHaveLength(2);
  expect(await cluster.workers()).toContainEqual(
    expect.objectContaining({ pid: cluster.pid, state: 'ready', debugged: true }),
  );
  await end(cluster, 'return');
  expect(await cluster.workers()).toContainEqual(expect.objectContaining({ pid: cluster.pid, debugged: false }));
});

test('a reload leaves it as it is, and once it is over it does not come back to the newer ones', async () => {
  const cluster = await debuggedCluster();
  await begin(cluster);
  const { skipped } = await cluster.bus.request('master', 'cluster.reload', undefined, { timeout: 30_000 });
  expect(skipped).toEqual([cluster.pid]);
  expect(await state(cluster)).toBe('paused');
  await end(cluster, 'return');
  await cluster.cluster.logged(new RegExp(`worker ${cluster.pid} exited with code 0`));
});

test('who develops with one worker is offered to debug it in rotation, everybody else out of it', async () => {
  const offer = async (count: string) => {
    const { url } = await launchDebugged({ env: { WORKERS: count } });
    const gone = new AbortController();
    const { body } = await fetch(`${url}/events`, { signal: gone.signal });
    let heard = '';
    for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      heard += text;
      if (heard.includes('data: ')) break;
    }
    gone.abort();
    return /"offer":"(\w+)"/.exec(heard)?.[1];
  };
  expect(await Promise.all([offer('1'), offer('2')])).toEqual(['stay', 'aside']);
});

test('one that runs in circles is debugged by the agent it has on standby', async () => {
  const cluster = await launchDebugged({ env: { WORKERS: '1' } });
  const agent = join(dirname(await socketOf(cluster)), `agent-${cluster.pid}`);
  await expect.poll(() => existsSync(agent), { timeout: 20_000 }).toBe(true);
  const circling = fetch(`http://127.0.0.1:${cluster.port}/circle`).catch(() => undefined);
  await cluster.cluster.event('circling');
  const lease = await begin(cluster);
  const inspector = await Inspector.connect(lease.agent);
  await inspector.send('Debugger.enable');
  await inspector.send('Debugger.pause');
  const { callFrames } = await inspector.event('Debugger.paused');
  // It may just be saying so.
  const frame = (callFrames as { callFrameId: string; functionName: string }[]).find(
    ({ functionName }) => functionName === 'circle',
  );
  const callFrameId = frame?.callFrameId;
  await inspector.send('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'state.stop = true' });
  await inspector.send('Debugger.resume');
  expect(await (await circling)?.text()).toMatch(/^out of it/);
});

test('a lease that runs out while the program is paused lets it go on, and it is back in rotation', async () => {
  const cluster = await debuggedCluster('--debug.lease=4000');
  const lease = await begin(cluster);
  const inspector = await Inspector.attach(cluster.url);
  const { answer } = await pause(lease, inspector);
  const [held] = await cluster.bus.request('master', 'debug.leases', undefined);
  expect(held).toMatchObject({ sessions: 1, paused: true });
  // Nobody does anything.
  expect(await answer).toMatchObject({ status: 200, body: 'Hello, Ada' });
  await inspector.closed;
  const { pid } = cluster;
  await cluster.cluster.logged(
    new RegExp(`worker ${pid} is debugged no longer \\(nobody is there any more\\): it returns`),
  );
  expect(await state(cluster)).toBe('ready');
});

test('a lease that runs out while the program cannot be let out has its worker replaced', async () => {
  const cluster = await debuggedCluster('--debug.lease=3000', '--stopTimeout=1000');
  const lease = await begin(cluster);
  void get({ socketPath: lease.door, path: '/circle' }).catch(() => undefined);
  await cluster.cluster.event('circling');
  await cluster.cluster.logged(new RegExp(`worker ${cluster.pid} was killed`));
  expect((await cluster.workers()).map(worker => worker.state)).toEqual(['ready', 'ready']);
});

test('one that cannot be let out is replaced', async () => {
  const cluster = await debuggedCluster('--stopTimeout=1000');
  const lease = await begin(cluster);
  void get({ socketPath: lease.door, path: '/circle' }).catch(() => undefined);
  await cluster.cluster.event('circling');
  await end(cluster, 'return');
  await cluster.cluster.logged(/does not answer, and is replaced/);
  await cluster.cluster.logged(new RegExp(`worker ${cluster.pid} was killed`));
});

test('on demand, the agent leaves with the lease', async () => {
  const cluster = await debuggedCluster('--no-debug.standby');
  const { agent, door } = await begin(cluster);
  expect([existsSync(agent), existsSync(door)]).toEqual([true, true]);
  await end(cluster, 'return');
  await expect.poll(() => [existsSync(agent), existsSync(door)]).toEqual([false, false]);
});

test('where it cannot begin, it says why, and nothing has changed', async () => {
  const cluster = await debuggedCluster();
  await expect(
    cluster.bus.request('master', 'debug.begin', { pid: 1, aside: true, by: 'a test' }),
  ).rejects.toMatchObject({ code: 'TROUPE_ERR_NO_WORKER' });
  await expect(cluster.bus.request('master', 'debug.run', { pid: cluster.pid })).rejects.toMatchObject({
    code: 'TROUPE_ERR_NOT_DEBUGGED',
  });
  expect(await cluster.bus.request('master', 'debug.leases', undefined)).toEqual([]);
});

test('in production without a token nobody debugs', async () => {
  const cluster = await launchDebugged({ env: { NODE_ENV: 'production' } });
  await expect(begin(cluster)).rejects.toMatchObject({ code: 'TROUPE_ERR_DEBUG_OFF' });
});

async function socketOf({ cluster }: Debugged): Promise<string> {
  return String((await cluster.event('up')).socket);
}

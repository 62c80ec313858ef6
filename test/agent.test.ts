/** The debugging agent of one process, without a cluster around it. */
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { Inspector } from './harness/inspector.ts';
import { listeningPorts } from './harness/sockets.ts';

async function start(kind: 'standby' | 'on-demand' = 'on-demand') {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-agent-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const socket = join(directory, 'agent');
  const debuggee = await Cluster.start('inspected', { args: [socket, kind] });
  await debuggee.event('up');
  return { debuggee, socket, attach: () => Inspector.connect(socket) };
}

/** Where the thread ended at once, Node aborted the program at one of 75 on average. */
const RELEASES = process.env.TROUPE_NIGHTLY ? 800 : 40;

interface Frame {
  callFrameId: string;
  functionName: string;
}

const threads = async (pid: number) => (await readdir(`/proc/${pid}/task`)).length;

test('a breakpoint stops the program; its variables can be read; it goes on', async () => {
  const { attach } = await start();
  const inspector = await attach();
  await inspector.send('Debugger.enable');
  inspector.post('Runtime.evaluate', { expression: '(() => { const secret = 42; debugger; return secret; })()' });
  const { callFrames } = await inspector.event('Debugger.paused');
  const [{ callFrameId }] = callFrames as [Frame];
  const { result } = await inspector.send('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'secret' });
  expect(result).toMatchObject({ value: 42 });
  await inspector.send('Debugger.resume');
  await inspector.event('Debugger.resumed');
});

test('it opens no port', async () => {
  const { debuggee, attach } = await start();
  const inspector = await attach();
  await inspector.send('Debugger.enable');
  expect(await inspector.evaluate('process.pid')).toBe(debuggee.pid);
  expect(await listeningPorts(debuggee.pid)).toEqual([]);
});

test('a program that runs in circles is stopped, looked into, and let out', async () => {
  const { debuggee, attach } = await start();
  const inspector = await attach();
  await inspector.send('Debugger.enable');
  inspector.post('Runtime.evaluate', { expression: 'setImmediate(acts.circle)' });
  await debuggee.event('circling');
  await inspector.send('Debugger.pause');
  const { callFrames } = await inspector.event('Debugger.paused');
  // It may just be saying so.
  const frame = (callFrames as Frame[]).find(({ functionName }) => functionName === 'circle');
  const callFrameId = frame?.callFrameId;
  await inspector.send('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'state.stop = true' });
  await inspector.send('Debugger.resume');
  expect(await inspector.evaluate('"free"')).toBe('free');
});

test('two debuggers see the same pause', async () => {
  const { attach } = await start();
  const [one, other] = await Promise.all([attach(), attach()]);
  await Promise.all([one.send('Debugger.enable'), other.send('Debugger.enable')]);
  one.post('Runtime.evaluate', { expression: 'debugger' });
  await Promise.all([one.event('Debugger.paused'), other.event('Debugger.paused')]);
  await other.send('Debugger.resume');
  await Promise.all([one.event('Debugger.resumed'), other.event('Debugger.resumed')]);
});

test('a debugger that goes away while the program is paused lets it go on, and leaves no breakpoint', async () => {
  const { attach } = await start();
  const inspector = await attach();
  await inspector.send('Debugger.enable');
  await inspector.send('Debugger.setBreakpointByUrl', { lineNumber: 0, urlRegex: 'later\\.js' });
  inspector.post('Runtime.evaluate', { expression: 'debugger; globalThis.after = true' });
  await inspector.event('Debugger.paused');
  inspector.close();
  const next = await attach();
  await expect.poll(() => next.evaluate('globalThis.after')).toBe(true);
  expect(await next.evaluate('1 //# sourceURL=later.js')).toBe(1);
});

test('released, everything goes: sessions, socket, thread; and the program goes on', async () => {
  const { debuggee, socket, attach } = await start();
  const inspector = await attach();
  await inspector.send('Debugger.enable');
  const before = await threads(debuggee.pid);
  inspector.post('Runtime.evaluate', { expression: 'debugger' });
  await inspector.event('Debugger.paused');
  await (await attach()).send('Troupe.release');
  await inspector.closed;
  await debuggee.event('gone');
  expect(existsSync(socket)).toBe(false);
  expect(await threads(debuggee.pid)).toBeLessThan(before);
});

test('released while the program stands still, time and again: it lives on, and the next agent is there at once', async () => {
  const { debuggee, attach } = await start();
  for (let n = 1; n <= RELEASES; n++) {
    const inspector = await attach();
    await inspector.send('Debugger.enable');
    inspector.post('Runtime.evaluate', { expression: 'debugger' });
    await inspector.event('Debugger.paused');
    await (await attach()).send('Troupe.release');
    debuggee.signal('SIGUSR2');
    await debuggee.event('up', n + 1);
  }
});

test('on standby it stays, for the next one', async () => {
  const { attach } = await start('standby');
  const inspector = await attach();
  expect(await inspector.evaluate('1 + 1')).toBe(2);
  await (await attach()).send('Troupe.release');
  await inspector.closed;
  expect(await (await attach()).evaluate('2 + 2')).toBe(4);
});

test.each(['on-demand', 'standby'] as const)('%s: a process with a debugger attached exits', async kind => {
  const { debuggee, socket, attach } = await start(kind);
  const inspector = await attach();
  await inspector.send('Debugger.enable');
  inspector.post('Runtime.evaluate', { expression: 'acts.leave(7)' });
  expect(await debuggee.exit()).toEqual({ code: 7, signal: null });
  await inspector.closed;
  expect(existsSync(socket)).toBe(false);
});

test('a process that has nothing more to do ends, debugger or not', async () => {
  const { debuggee, attach } = await start('standby');
  const inspector = await attach();
  await inspector.send('Debugger.enable');
  inspector.post('Runtime.evaluate', { expression: 'acts.finish()' });
  expect(await debuggee.exit()).toEqual({ code: 0, signal: null });
});

test('only this user may connect', async () => {
  const { socket } = await start();
  expect(statSync(socket).mode & 0o777).toBe(0o600);
});

test.each(['no JSON', '7', '{"id":"x","method":"y"}', '{"id":1}', '{"id":1,"method":"x","params":3}'])(
  'what is no command ends that connection and nothing else: %s',
  async text => {
    const { attach } = await start();
    const [bad, good] = await Promise.all([attach(), attach()]);
    bad.write(text);
    await bad.closed;
    expect(await good.evaluate('1 + 1')).toBe(2);
    await expect(good.send('Nothing.known')).rejects.toThrow("'Nothing.known' wasn't found");
  },
);

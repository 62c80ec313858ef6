import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startBroker, temporaryDirectory } from './helpers.ts';

function start(fixture: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = fork(new URL(`fixtures/${fixture}`, import.meta.url), args, { env: { ...process.env, ...env } });
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(10_000) });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, exited, message: once(child, 'message', { signal: AbortSignal.timeout(10_000) }) };
}

describe('the shared client', () => {
  it('of a cluster worker joins the bus by itself; that of a new master is its own; both end by themselves', async () => {
    const { message, exited } = start('cluster.mjs', [await temporaryDirectory()]);
    const [said] = await message;
    expect(said).toEqual({ before: 'connected', args: [42, 'worker', 'connected'] });
    expect(await exited).toEqual([0, null]);
  });

  it('of another process joins when it is asked to, as a monitor, and not before', async () => {
    const broker = await startBroker();
    const { message } = start('outsider.mjs', [], { TROUPE_SOCKET: broker.path });
    const [said] = await message;
    expect(said).toEqual({ imported: 'local', asked: 'connected', role: 'monitor' });
  });

  it('of a process without a cluster stays local', async () => {
    const { message } = start('outsider.mjs', [], { TROUPE_SOCKET: '' });
    expect((await message)[0]).toEqual({ imported: 'local', asked: 'local', role: 'master' });
  });
});

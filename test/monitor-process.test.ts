import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { get, type Reply } from './harness/clients.ts';
import { Cluster } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';

/** The probe of one process. */
class Probe {
  readonly #port: number;

  constructor(port: unknown) {
    this.#port = Number(port);
  }

  ask(path = '/ecv'): Promise<Reply> {
    return get({ port: this.#port, path, headers: { accept: 'application/json' } });
  }

  async truth(): Promise<{ status: number | undefined; report: unknown }> {
    const { status, body } = await this.ask();
    const { time: _asked, ...report } = JSON.parse(body);
    return { status, report };
  }

  /** Resolves with the first answer of that status. */
  async turns(status: number): Promise<Reply> {
    const turn = async () => {
      for (;;) {
        const reply = await this.ask();
        if (reply.status === status) return reply;
      }
    };
    return within(turn(), `/ecv to answer ${status}`);
  }
}

async function monitorOf(socket: unknown, fixture: string): Promise<{ monitor: Cluster; probe: Probe }> {
  const monitor = await Cluster.start(fixture, { env: { TROUPE_SOCKET: String(socket) } });
  const { address } = await monitor.event('monitor');
  return { monitor, probe: new Probe((address as { port: number }).port) };
}

test.each(['monitor-express', 'monitor-connect'])(
  '%s in another process tells and sets the same truth',
  async fixture => {
    const cluster = await Cluster.start('hello');
    const { port, socket } = await cluster.event('up');
    const master = new Probe(port);
    const { probe } = await monitorOf(socket, fixture);

    const up = await probe.truth();
    expect(up).toMatchObject({ status: 200 });
    expect(up).toEqual(await master.truth());
    expect((await probe.ask('/mine')).body).toBe('mine');

    expect(await probe.ask('/ecv/markDown')).toMatchObject({ status: 500 });
    const down = await master.truth();
    expect(down).toMatchObject({ status: 500, report: { reasons: [expect.stringMatching(/marked down/i)] } });
    expect(await probe.truth()).toEqual(down);

    expect(await master.ask('/ecv/markUp')).toMatchObject({ status: 200 });
    expect(await probe.truth()).toMatchObject({ status: 200 });

    cluster.signal('SIGTERM');
    expect(await cluster.exit()).toEqual({ code: 0, signal: null });
  },
);

test('a master killed with -9 is down in the other process, with the reason, until another one takes its place', async () => {
  const TROUPE_RUN_DIR = await mkdtemp(join(tmpdir(), 'troupe-monitor-'));
  onTestFinished(() => rm(TROUPE_RUN_DIR, { recursive: true, force: true }));
  const former = await Cluster.start('hello', { env: { TROUPE_RUN_DIR } });
  const { socket } = await former.event('up');
  const { monitor, probe } = await monitorOf(socket, 'monitor-express');
  expect(await probe.ask()).toMatchObject({ status: 200 });

  former.signal('SIGKILL');
  await former.exit();
  const down = await probe.turns(500);
  expect(JSON.parse(down.body)).toMatchObject({
    reasons: [expect.stringMatching(/^It is not known whether the cluster is well: /)],
  });
  expect(await probe.ask('/ecv/live')).toMatchObject({ status: 200 });
  expect(await probe.ask('/ecv/ready')).toMatchObject({ status: 503 });
  await former.allGone();

  const successor = await Cluster.start('hello', { env: { TROUPE_RUN_DIR } });
  await successor.event('up');
  await probe.turns(200);
  expect(monitor.output).toBe('');
  successor.signal('SIGTERM');
  expect(await successor.exit()).toEqual({ code: 0, signal: null });
});

import { io, type Socket } from 'socket.io-client';
import { expect, onTestFinished, test } from 'vitest';
import { joinBus } from './harness/bus.ts';
import { Cluster } from './harness/cluster.ts';
import { within } from './harness/deadline.ts';

const CLIENTS = 6;

/** Sends one message after the other, each again until it is acknowledged, and remembers who acknowledged it. */
class Talker {
  readonly acknowledged = new Map<string, number>();
  readonly socket: Socket;
  readonly #talk: Promise<void>;
  #talking = true;

  constructor(name: string, port: number, transport: string) {
    this.socket = io(`http://127.0.0.1:${port}`, { transports: [transport], forceNew: true, reconnectionDelay: 50 });
    this.#talk = this.#say(name);
  }

  /** Resolves when somebody has acknowledged a message of this client whom `fits` accepts. */
  async hears(fits: (pid: number) => boolean): Promise<void> {
    while (![...this.acknowledged.values()].some(fits)) await new Promise(resolve => setImmediate(resolve));
  }

  async stop(): Promise<void> {
    this.#talking = false;
    await this.#talk;
    this.socket.disconnect();
  }

  async #say(name: string): Promise<void> {
    for (let n = 0; this.#talking; n++) {
      const text = `${name} ${n}`;
      while (!this.acknowledged.has(text)) {
        const answer = await this.socket
          .timeout(500)
          .emitWithAck('message', text)
          .catch(() => undefined);
        if (answer !== undefined) this.acknowledged.set(text, answer);
      }
    }
  }
}

async function start(transport: 'websocket' | 'polling') {
  const env = transport === 'polling' ? { POLLING: '1' } : {};
  const cluster = await Cluster.start('socket-io', { env });
  const workers = transport === 'polling' ? 1 : 2;
  const [up, { port }] = await Promise.all([cluster.event('up'), cluster.event('listening', workers)]);
  const { client } = await joinBus(up);
  const talkers = Array.from({ length: CLIENTS }, (_, n) => new Talker(String(n), Number(port), transport));
  onTestFinished(() => {
    for (const { socket } of talkers) socket.disconnect();
  });
  await within(Promise.all(talkers.map(talker => talker.hears(() => true))), 'everybody to be heard');
  const pids = async () => (await client.request('master', 'workers.list', undefined)).map(({ pid }) => pid);
  return { cluster, client, talkers, pids };
}

test.each(['websocket', 'polling'] as const)(
  'socket.io over %s: when its workers leave its clients go on with the next ones, and lose nothing',
  async transport => {
    const { cluster, client, talkers, pids } = await start(transport);
    const old = await pids();
    const began = performance.now();
    await client.request('master', 'cluster.reload', undefined, { timeout: 20_000 });
    // Of stopTimeout, 60 s, nobody needed much.
    expect(performance.now() - began).toBeLessThan(15_000);
    const isNew = (pid: number) => !old.includes(pid);
    await within(Promise.all(talkers.map(talker => talker.hears(isNew))), 'everybody to be heard by the new');
    await Promise.all(talkers.map(talker => talker.stop()));

    for (const pid of old) await cluster.logged(new RegExp(`worker ${pid} exited with code 0`));
    const received = new Set(cluster.events('message').map(({ pid, text }) => `${text} by ${pid}`));
    const lost = talkers
      .flatMap(({ acknowledged }) => [...acknowledged].map(([text, pid]) => `${text} by ${pid}`))
      .filter(each => !received.has(each));
    expect(lost).toEqual([]);
  },
);

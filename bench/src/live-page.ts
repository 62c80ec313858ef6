/**
 * What 50 open pages cost the master of 16 workers, in CPU time of its process: limit 5 % of a core. In turns with nobody
 * looking, with heartbeats as they are by default, and each second.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { keep } from './results.ts';
import { median, Subject } from './subject.ts';

const PAGES = Number(process.env.PAGES ?? 50);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
/** How long a measurement takes, and how long it takes until what a page begins with is over, ms. */
const ROUND = Number(process.env.ROUND ?? 10_000);
const SETTLE = 2_000;
const TOKEN = 'a token for the bench';

keep('live-page', {
  workers: 16,
  pages: PAGES,
  rounds: ROUNDS,
  percentOfACore: {
    heartbeatEach5s: await measure(5_000),
    heartbeatEach1s: await measure(1_000),
  },
});

async function measure(heartbeat: number): Promise<{ nobody: number; pages: number; difference: number }> {
  const subject = await Subject.start('watched', { HEARTBEAT: String(heartbeat), TROUPE_MON_TOKEN: TOKEN });
  const nobody: number[] = [];
  const watched: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    nobody.push(await share(subject));
    const pages = await Promise.all(Array.from({ length: PAGES }, () => open(subject.port)));
    await delay(SETTLE);
    watched.push(await share(subject));
    for (const page of pages) page.close();
    await delay(SETTLE);
  }
  await subject.stop();
  const [without, withThem] = [median(nobody), median(watched)];
  const rounded = (share: number) => Number((share * 100).toFixed(2));
  return { nobody: rounded(without), pages: rounded(withThem), difference: rounded(withThem - without) };
}

/** Of a core, that the master takes. */
async function share(subject: Subject): Promise<number> {
  const [cpu, at] = [subject.masterCpu(), performance.now()];
  await delay(ROUND);
  return (subject.masterCpu() - cpu) / (performance.now() - at);
}

/** What a browser's page does that shows the overview. */
async function open(port: number): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}`, {
    path: '/debug/socket.io',
    extraHeaders: { authorization: `Bearer ${TOKEN}` },
    forceNew: true,
  });
  await new Promise((resolve, reject) => {
    socket.once('whole', resolve);
    socket.once('connect_error', reject);
    socket.on('connect', () => socket.emit('watch', ['cluster', 'host']));
  });
  return socket;
}

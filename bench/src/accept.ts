/**
 * What the accept path costs in CPU, all processes of the cluster counted: node:cluster's round-robin and Troupe in
 * turns. Limits: 0.95 of round-robin's new connections per CPU-ms, 0.97 of its efficiency on keep-alive connections.
 */
import { request } from 'node:http';
import { load } from './load.ts';
import { keep } from './results.ts';
import { median, Subject } from './subject.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 9);
const REQUESTS = Number(process.env.REQUESTS ?? 10_000);
const CONNECTIONS = 16;

const kinds = {
  newConnections,
  keepAlive: (port: number) => load(port, CONNECTIONS, REQUESTS),
};
const subjects = { bare: await Subject.start('bare'), troupe: await Subject.start('troupe') };
const ratios: Record<keyof typeof kinds, number[]> = { newConnections: [], keepAlive: [] };

for (let round = -1; round < ROUNDS; round++) {
  for (const kind of ['newConnections', 'keepAlive'] as const) {
    const costs = { bare: 0, troupe: 0 };
    for (const peer of round % 2 ? (['bare', 'troupe'] as const) : (['troupe', 'bare'] as const)) {
      const before = subjects[peer].cpu();
      await kinds[kind](subjects[peer].port);
      costs[peer] = subjects[peer].cpu() - before;
    }
    if (round >= 0) ratios[kind].push(costs.bare / costs.troupe);
  }
}
for (const subject of Object.values(subjects)) await subject.stop();
keep('accept', {
  workers: 2,
  connections: CONNECTIONS,
  requestsPerRound: REQUESTS,
  rounds: ROUNDS,
  newConnections: Number(median(ratios.newConnections).toFixed(3)),
  keepAlive: Number(median(ratios.keepAlive).toFixed(3)),
});

/** As many requests on a connection of its own each. */
async function newConnections(port: number): Promise<void> {
  let left = REQUESTS;
  const lane = async () => {
    while (left-- > 0) await visit(port);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
}

function visit(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = request({ port, agent: false, host: '127.0.0.1' }, res => {
      res.resume();
      res.on('end', resolve);
    });
    req.on('error', reject);
    req.end();
  });
}

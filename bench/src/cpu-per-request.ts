/**
 * CPU time per keep-alive request, all processes of the cluster counted: bare node:cluster and Troupe in turns, with the
 * same application and all monitoring on. Limit: 0.97 of bare's efficiency. Wall rates are not compared: on a shared
 * machine they swing.
 */
import { load } from './load.ts';
import { keep } from './results.ts';
import { median, Subject } from './subject.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 9);
const REQUESTS = Number(process.env.REQUESTS ?? 20_000);
const CONNECTIONS = 16;

const subjects = { bare: await Subject.start('bare'), troupe: await Subject.start('troupe') };
const costs: Record<keyof typeof subjects, number[]> = { bare: [], troupe: [] };

for (let round = -1; round < ROUNDS; round++) {
  const order = round % 2 ? (['bare', 'troupe'] as const) : (['troupe', 'bare'] as const);
  for (const peer of order) {
    const subject = subjects[peer];
    const before = subject.cpu();
    await load(subject.port, CONNECTIONS, REQUESTS);
    if (round >= 0) costs[peer].push(((subject.cpu() - before) * 1_000) / REQUESTS);
  }
}
for (const subject of Object.values(subjects)) await subject.stop();
const ratios = costs.bare.map((cost, round) => cost / (costs.troupe[round] ?? Number.NaN));
keep('cpu-per-request', {
  workers: 2,
  connections: CONNECTIONS,
  requestsPerRound: REQUESTS,
  rounds: ROUNDS,
  bareMicroseconds: Number(median(costs.bare).toFixed(1)),
  troupeMicroseconds: Number(median(costs.troupe).toFixed(1)),
  ratio: Number(median(ratios).toFixed(3)),
});

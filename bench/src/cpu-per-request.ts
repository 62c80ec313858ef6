/**
 * CPU time per keep-alive request, all processes of the cluster counted: bare node:cluster and Troupe in turns, with the
 * same application and all monitoring on. Limit: 0.97 of bare's efficiency. Wall rates are not compared: on a shared
 * machine they swing. Both are started several times, since one start of the same program differs from the next by some
 * percent for as long as it runs; and the rounds are short, since a machine's speed drifts within seconds.
 */
import { load } from './load.ts';
import { keep } from './results.ts';
import { median, Subject } from './subject.ts';

const STARTS = Number(process.env.STARTS ?? 7);
const ROUNDS = Number(process.env.ROUNDS ?? 15);
const REQUESTS = Number(process.env.REQUESTS ?? 2_000);
const CONNECTIONS = 16;

type Peer = 'bare' | 'troupe';
const costs: Record<Peer, number[]> = { bare: [], troupe: [] };

for (let start = 0; start < STARTS; start++) {
  const subjects = { bare: await Subject.start('bare'), troupe: await Subject.start('troupe') };
  for (let round = -2; round < ROUNDS; round++) {
    const order: readonly Peer[] = (start + round) % 2 ? ['bare', 'troupe'] : ['troupe', 'bare'];
    for (const peer of order) {
      const subject = subjects[peer];
      const before = subject.cpu();
      await load(subject.port, CONNECTIONS, REQUESTS);
      // The first two warm up.
      if (round >= 0) costs[peer].push(((subject.cpu() - before) * 1_000) / REQUESTS);
    }
  }
  for (const subject of Object.values(subjects)) await subject.stop();
}
const ratios = costs.bare.map((cost, round) => cost / (costs.troupe[round] ?? Number.NaN));
keep('cpu-per-request', {
  workers: 2,
  connections: CONNECTIONS,
  requestsPerRound: REQUESTS,
  starts: STARTS,
  roundsPerStart: ROUNDS,
  bareMicroseconds: Number(median(costs.bare).toFixed(1)),
  troupeMicroseconds: Number(median(costs.troupe).toFixed(1)),
  ratio: Number(median(ratios).toFixed(3)),
});

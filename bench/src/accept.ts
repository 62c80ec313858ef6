/**
 * What the accept path costs in CPU, all processes of the cluster counted: node:cluster by hand, Troupe with its accept
 * path, and Troupe on node:cluster's round-robin, in turns. Limits against node:cluster: 0.95 of its new connections per
 * CPU-ms, 0.97 of its efficiency on keep-alive connections. Many short rounds: a machine's speed drifts within seconds.
 */
import { request } from 'node:http';
import { loadavg } from 'node:os';
import { load } from './load.ts';
import { keep } from './results.ts';
import { median, Subject } from './subject.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 40);
const REQUESTS = Number(process.env.REQUESTS ?? 2_000);
const CONNECTIONS = 16;

const kinds = {
  newConnections,
  keepAlive: (port: number) => load(port, CONNECTIONS, REQUESTS),
};
type Kind = keyof typeof kinds;

const PEERS = ['bare', 'troupe', 'round-robin'] as const;
type Peer = (typeof PEERS)[number];

const subjects: Record<Peer, Subject> = {
  bare: await Subject.start('bare'),
  troupe: await Subject.start('troupe'),
  'round-robin': await Subject.start('round-robin'),
};
/** What else the machine was doing: the processes that wanted a core in the minute before. */
const loadBefore = Number(loadavg()[0]?.toFixed(1));
const costs: Record<Kind, Record<Peer, number>[]> = { newConnections: [], keepAlive: [] };

for (let round = -2; round < ROUNDS; round++) {
  for (const kind of ['newConnections', 'keepAlive'] as const) {
    const cost: Record<Peer, number> = { bare: 0, troupe: 0, 'round-robin': 0 };
    for (const peer of round % 2 ? PEERS : PEERS.toReversed()) {
      const before = subjects[peer].cpu();
      await kinds[kind](subjects[peer].port);
      cost[peer] = subjects[peer].cpu() - before;
    }
    if (round >= 0) costs[kind].push(cost);
  }
}
for (const subject of Object.values(subjects)) await subject.stop();

/** How much less CPU Troupe takes than a peer: the median over the rounds. */
const ratios = (peer: Peer) => {
  const ratio = (kind: Kind) => Number(median(costs[kind].map(cost => cost[peer] / cost.troupe)).toFixed(3));
  return { newConnections: ratio('newConnections'), keepAlive: ratio('keepAlive') };
};
keep('accept', {
  workers: 2,
  connections: CONNECTIONS,
  requestsPerRound: REQUESTS,
  rounds: ROUNDS,
  loadBefore,
  againstNodeCluster: ratios('bare'),
  againstTroupeOnRoundRobin: ratios('round-robin'),
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

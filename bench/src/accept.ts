/**
 * What a new connection costs in CPU, its one request and all processes of the cluster counted: node:cluster by hand,
 * Troupe with its accept path, Troupe on node:cluster's round-robin, and Troupe with Node's own messages, in turns. Limit
 * against node:cluster: 0.95.
 */
import { request } from 'node:http';
import { compare } from './compare.ts';
import { keep } from './results.ts';

const STARTS = Number(process.env.STARTS ?? 8);
const ROUNDS = Number(process.env.ROUNDS ?? 8);
const REQUESTS = Number(process.env.REQUESTS ?? 400);
const LANES = 16;

const costs = await compare({
  peers: ['bare', 'troupe', 'round-robin', 'node-messages'],
  starts: STARTS,
  warmUp: 4_000,
  rounds: ROUNDS,
  requests: REQUESTS,
  send: newConnections,
});
keep('accept', {
  workers: 2,
  lanes: LANES,
  connectionsPerRound: REQUESTS,
  roundsPerStart: ROUNDS,
  starts: STARTS,
  nodeCluster: costs.bare,
  troupe: costs.troupe,
  troupeOnRoundRobin: costs['round-robin'],
  troupeOnNodeMessages: costs['node-messages'],
});

/** As many requests on a connection of its own each, so many at a time. */
async function newConnections(port: number): Promise<void> {
  let left = REQUESTS;
  const lane = async () => {
    while (left-- > 0) await visit(port);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
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

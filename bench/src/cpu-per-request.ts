/**
 * CPU time per keep-alive request, all processes of the cluster counted: node:cluster by hand and Troupe in turns, with the
 * same application and all monitoring on, and Troupe with Node's own messages, where monitoring alone makes the difference.
 * Limit: 0.97 of the first one's efficiency.
 */
import { compare } from './compare.ts';
import { connections, load } from './load.ts';
import { keep } from './results.ts';

const STARTS = Number(process.env.STARTS ?? 8);
const ROUNDS = Number(process.env.ROUNDS ?? 40);
const REQUESTS = Number(process.env.REQUESTS ?? 400);
const CONNECTIONS = 16;

const agent = connections(CONNECTIONS);

const costs = await compare({
  peers: ['bare', 'troupe', 'node-messages'],
  starts: STARTS,
  warmUp: 50_000,
  rounds: ROUNDS,
  requests: REQUESTS,
  send: port => load(port, agent, REQUESTS),
});
agent.destroy();
keep('cpu-per-request', {
  workers: 2,
  connections: CONNECTIONS,
  requestsPerRound: REQUESTS,
  roundsPerStart: ROUNDS,
  starts: STARTS,
  nodeCluster: costs.bare,
  troupe: costs.troupe,
  troupeOnNodeMessages: costs['node-messages'],
});

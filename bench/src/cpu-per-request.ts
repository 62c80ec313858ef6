/**
 * CPU time per keep-alive request, all processes of the cluster counted: node:cluster by hand and Troupe in turns, with the
 * same application and all monitoring on. Limit: 0.97 of the former's efficiency.
 */
import { compare } from './compare.ts';
import { load } from './load.ts';
import { keep } from './results.ts';

const STARTS = Number(process.env.STARTS ?? 24);
const ROUNDS = Number(process.env.ROUNDS ?? 4);
const REQUESTS = Number(process.env.REQUESTS ?? 2_000);
const CONNECTIONS = 16;

const { bare, troupe } = await compare({
  peers: ['bare', 'troupe'],
  starts: STARTS,
  rounds: ROUNDS,
  requests: REQUESTS,
  send: port => load(port, CONNECTIONS, REQUESTS),
});
keep('cpu-per-request', {
  workers: 2,
  connections: CONNECTIONS,
  requestsPerRound: REQUESTS,
  roundsPerStart: ROUNDS,
  starts: STARTS,
  bareMicroseconds: bare.microseconds,
  troupeMicroseconds: troupe.microseconds,
  ratio: troupe.ratio,
  quartiles: troupe.quartiles,
});

import { setTimeout as delay } from 'node:timers/promises';
import { quartiles, Subject } from './subject.ts';

/** How long Troupe takes for what it leaves until all workers are ready, ms: the monitor's routes, the cache manager. */
const SETTLE = 1_500;
const US_PER_MS = 1_000;

interface Comparison<P extends string> {
  /** The first is what the others are compared with. */
  peers: readonly P[];
  /** How often each is started: one start of the same program differs from the next by some percent for as long as it runs. */
  starts: number;
  /**
   * Requests at each start that are not measured. Until about 20,000 in a process V8 compiles, more where there is more
   * code: measured from 8,000 in two on, what Troupe compiles beyond its peer was a twentieth of all that it used.
   */
  warmUp: number;
  /** Per start, in turns and short: a machine's speed drifts within seconds. */
  rounds: number;
  /** Per round. */
  requests: number;
  send(port: number): Promise<void>;
}

interface Cost {
  /** CPU time per request, all processes of the cluster counted. */
  microseconds: number;
  /** How many requests it serves in the CPU time in which the first peer serves one. Above 1 is cheaper. */
  ratio: number;
  /** Between which the middle half of the starts was. */
  quartiles: readonly [number, number];
}

/**
 * CPU time per request. Each start counts as one measurement, of all that was used in its rounds, so that heartbeats and
 * garbage collections count with the share that they have. Wall rates are not compared: on a shared machine they swing.
 */
export async function compare<P extends string>(comparison: Comparison<P>): Promise<Record<P, Cost>> {
  const { peers, starts } = comparison;
  const measured: Record<P, number>[] = [];
  for (let start = 0; start < starts; start++) measured.push(await measure(comparison, start));
  const cost = (peer: P): Cost => {
    const [first] = peers as readonly [P];
    const [low, ratio, high] = quartiles(measured.map(times => times[first] / times[peer]));
    const [, microseconds] = quartiles(measured.map(times => times[peer]));
    return { microseconds: round(microseconds, 1), ratio: round(ratio), quartiles: [round(low), round(high)] };
  };
  return Object.fromEntries(peers.map(peer => [peer, cost(peer)])) as Record<P, Cost>;
}

async function measure<P extends string>(
  { peers, warmUp, rounds, requests, send }: Comparison<P>,
  start: number,
): Promise<Record<P, number>> {
  const subjects: [P, Subject][] = [];
  for (const peer of turns(peers, start)) subjects.push([peer, await Subject.start(peer)]);
  await delay(SETTLE);
  const times = Object.fromEntries(peers.map(peer => [peer, 0])) as Record<P, number>;
  for (let round = -Math.ceil(warmUp / requests); round < rounds; round++) {
    for (const [peer, subject] of turns(subjects, round)) {
      const before = subject.cpu();
      await send(subject.port);
      if (round >= 0) times[peer] += ((subject.cpu() - before) * US_PER_MS) / (requests * rounds);
    }
  }
  for (const [, subject] of subjects) await subject.stop();
  return times;
}

/** Forwards and backwards. */
const turns = <T>(all: readonly T[], turn: number): readonly T[] => (turn % 2 ? all.toReversed() : all);

const round = (value: number, digits = 3) => Number(value.toFixed(digits));

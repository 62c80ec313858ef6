/** What is wrong with a cluster, and what to do about it: the five seconds that the page is for. */
import type { Action, ClusterView, WorkerView } from '../src/view.ts';
import { bytes, duration, milliseconds, percent, plural } from './format.ts';

export interface Finding {
  /** Of what it is about: the same finding, later, has the same. */
  id: string;
  level: 'bad' | 'warn' | 'info';
  /** One sentence: what is the matter. */
  text: string;
  /** One sentence: what follows, and what helps. */
  advice: string;
  /** What can be done from here. */
  remedy?: { label: string; action: Action } | undefined;
}

/** A worker has missed two beats, and half of another. */
const BEATS_OVERDUE = 2.5;
/** Timers this late are felt by every client, ms. */
const LATE = 250;
/** Above this share of its limit, a heap collects garbage most of the time. */
const HEAP_FULL = 0.9;
/** Share of requests that end with a 5xx. */
const MANY_ERRORS = 0.05;
/** Exits that nobody asked for count for so long, ms. */
const RECENT = 5 * 60_000;

const ORDER = ['bad', 'warn', 'info'] as const;

/** @param now the server's clock, ms since the epoch. The worst comes first. */
export function diagnose(view: ClusterView, now: number): Finding[] {
  const findings = [
    ...unreachable(view),
    ...traffic(view),
    ...missing(view),
    ...view.workers.flatMap(worker => ailments(worker, view, now)),
    ...exits(view, now),
    ...underWay(view),
  ];
  return findings.sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}

function unreachable({ problem }: ClusterView): Finding[] {
  if (problem === null) return [];
  return [
    {
      id: 'master',
      level: 'bad',
      text: 'The master does not answer.',
      advice: `What you see is what was known before. ${problem}`,
    },
  ];
}

function traffic({ traffic }: ClusterView): Finding[] {
  if (traffic === null || traffic.up) return [];
  const text = traffic.reasons.join(' ');
  if (traffic.mark === 'down') {
    return [
      {
        id: 'traffic marked',
        level: 'bad',
        text,
        advice: 'Load balancers send no traffic here, until it is marked up again.',
        remedy: { label: 'Mark up', action: { type: 'mark', mark: 'up' } },
      },
    ];
  }
  const isPassing = traffic.phase !== 'serving';
  const advice = 'Load balancers are told to send no traffic meanwhile.';
  return [{ id: 'traffic', level: isPassing ? 'warn' : 'bad', text, advice }];
}

function missing({ traffic, workers }: ClusterView): Finding[] {
  if (traffic === null || traffic.phase !== 'serving' || traffic.ready >= traffic.wanted) return [];
  const coming = workers.filter(({ state }) => ['forked', 'configuring', 'warming'].includes(state)).length;
  const paused = workers.filter(({ state }) => state === 'paused').length;
  const lacking = traffic.wanted - traffic.ready - paused;
  if (lacking <= 0) return [];
  return [
    {
      id: 'missing',
      level: traffic.ready === 0 ? 'bad' : 'warn',
      text: `${traffic.ready} of ${plural(traffic.wanted, 'worker')} take traffic.`,
      advice:
        coming > 0
          ? `${plural(coming, 'successor')} warm${coming === 1 ? 's' : ''} up.`
          : 'A worker that keeps dying is started with a growing delay; the last exits below say why.',
    },
  ];
}

function ailments(worker: WorkerView, { cluster }: ClusterView, now: number): Finding[] {
  const { pid, beat, heardAt, state, debugged, lease } = worker;
  const retire = { label: `Retire ${pid}`, action: { type: 'retire', pid } } as const;
  const findings: Finding[] = [];
  if (state === 'paused' && !debugged) {
    findings.push({
      id: `paused ${pid}`,
      level: 'warn',
      text: `Worker ${pid} is paused.`,
      advice: 'It takes no new connections until somebody resumes it.',
      remedy: { label: `Resume ${pid}`, action: { type: 'resume', pid } },
    });
  }
  if (lease?.paused && !lease.aside) {
    findings.push({
      id: `held ${pid}`,
      level: 'warn',
      text: `The program of worker ${pid} is paused, in rotation.`,
      advice: `Whoever it serves waits until ${lease.by} lets it go on.`,
    });
  }
  if (beat === undefined || heardAt === undefined || (state !== 'ready' && state !== 'paused')) return findings;
  const silence = now - heardAt;
  if (cluster !== null && silence > BEATS_OVERDUE * cluster.heartbeatInterval && !debugged) {
    findings.push({
      id: `silent ${pid}`,
      level: 'bad',
      text: `Worker ${pid} has said nothing for ${duration(silence)}.`,
      advice: 'It is stopped, or its event loop is blocked. A successor can take its place.',
      remedy: retire,
    });
    return findings;
  }
  const { heap, eventLoop, error, transactions } = beat;
  if (heap.used > HEAP_FULL * heap.limit) {
    findings.push({
      id: `heap ${pid}`,
      level: 'bad',
      text: `Worker ${pid} has used ${percent(heap.used / heap.limit)} of its heap (${bytes(heap.used)}).`,
      advice: 'It will run out of memory. Retiring it buys time; a heap profile finds the leak.',
      remedy: retire,
    });
  }
  if (eventLoop.p99 > LATE) {
    findings.push({
      id: `late ${pid}`,
      level: 'warn',
      text: `Worker ${pid} is late by ${milliseconds(eventLoop.p99)}.`,
      advice: 'Something blocks its event loop, and every request in it waits; a CPU profile finds it.',
    });
  }
  if (error.count > 2 && error.count > MANY_ERRORS * transactions) {
    findings.push({
      id: `errors ${pid}`,
      level: 'warn',
      text: `Worker ${pid} answers ${percent(error.count / transactions)} of its requests with a server error.`,
      advice: 'Its log says why, if the application logs what it catches.',
    });
  }
  return findings;
}

function exits({ exits }: ClusterView, now: number): Finding[] {
  const recent = exits.filter(({ asked, at }) => !asked && now - at < RECENT);
  const [last] = recent;
  if (last === undefined) return [];
  const text = `${plural(recent.length, 'worker')} died in the last 5 minutes.`;
  const advice = `The last one was ${last.pid}, ${duration(now - last.at)} ago: ${last.reason}`;
  return [{ id: 'exits', level: 'warn', text, advice }];
}

function underWay({ cluster }: ClusterView): Finding[] {
  const { reload, replacing } = cluster ?? {};
  const findings: Finding[] = [];
  if (reload) {
    const steps = {
      joining: `${reload.ready} of ${plural(reload.total, 'successor')} are ready; the old workers serve meanwhile.`,
      watching: 'The first successor is watched before the others follow.',
      leaving: 'The new workers serve; the old ones finish what they have, and leave.',
    };
    findings.push({
      id: 'reload',
      level: 'info',
      text: `Reload to generation ${reload.generation}.`,
      advice: steps[reload.stage],
    });
  }
  if (replacing) {
    const text = `Worker ${replacing.pid ?? ''} is being replaced.`;
    findings.push({
      id: 'replacing',
      level: 'info',
      text,
      advice: `Its successor warms up first. Why: ${replacing.reason}`,
    });
  }
  return findings;
}

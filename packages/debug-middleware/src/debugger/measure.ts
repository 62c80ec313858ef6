import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Access } from '@troupe/guard';
import { SNAPSHOT, STALLS } from '../inspector/messages.ts';
import { AgentClient } from './agent-client.ts';

/**
 * What can be measured: where time goes, what holds the event loop, where memory was allocated that is still used, and all
 * memory there is.
 */
export type Measurement = 'cpu' | 'stalls' | 'heap' | 'snapshot';

/** Bytes between two samples of the heap, on average: V8's own default. */
const HEAP_INTERVAL = 32_768;
/** Between two samples of the CPU, µs. */
const CPU_INTERVAL = 1_000;
const MOST_SECONDS = 300;
/** What holds the event loop for less is nothing that the trace could tell from its own doing, ms. */
const LEAST_THRESHOLD = 10;
const MOST_THRESHOLD = 60_000;

/** Names of functions are for those who operate; a snapshot has every secret in it. */
export const ACCESS_TO_MEASURE: Readonly<Record<Measurement, Access>> = {
  cpu: 'operate',
  stalls: 'operate',
  heap: 'operate',
  snapshot: 'debug',
};

export const isMeasurement = (name: string): name is Measurement => Object.hasOwn(ACCESS_TO_MEASURE, name);

/** `?seconds=`: 5 unless given, 1 to 300. */
const secondsOf = (query: URLSearchParams) => numberOf(query.get('seconds'), 5, 1, MOST_SECONDS);

/** `?threshold=`: 100 ms unless given, 10 to 60000. */
const thresholdOf = (query: URLSearchParams) => numberOf(query.get('threshold'), 100, LEAST_THRESHOLD, MOST_THRESHOLD);

function numberOf(given: string | null, otherwise: number, least: number, most: number): number {
  const value = given === null ? otherwise : Number(given);
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;
}

/** Measures, and sends what came of it as a file that Chrome's DevTools can open. */
export async function measure(
  what: Measurement,
  worker: { pid: number; agent: string },
  query: URLSearchParams,
  res: ServerResponse,
): Promise<void> {
  const client = new AgentClient(worker.agent);
  // Nobody waits for it any more.
  res.once('close', () => client.close());
  try {
    if (what === 'snapshot') return await sendSnapshot(client, worker.pid, res);
    const profile = await profiles[what](client, query);
    res.writeHead(200, headersFor(worker.pid, KINDS[what])).end(profile);
  } finally {
    client.close();
  }
}

const KINDS = { cpu: 'cpuprofile', stalls: 'stalls.cpuprofile', heap: 'heapprofile' } as const;
const profiles = {
  cpu: (client: AgentClient, query: URLSearchParams) => profileCpu(client, secondsOf(query)),
  heap: (client: AgentClient, query: URLSearchParams) => sampleHeap(client, secondsOf(query)),
  // Found and cut by the agent, in its thread: this process has other things to do.
  stalls: (client: AgentClient, query: URLSearchParams) =>
    client.ask(STALLS, { duration: secondsOf(query) * 1_000, threshold: thresholdOf(query) }),
};

async function profileCpu(client: AgentClient, seconds: number): Promise<string> {
  await client.ask('Profiler.enable');
  await client.ask('Profiler.setSamplingInterval', { interval: CPU_INTERVAL });
  await client.ask('Profiler.start');
  await delay(seconds * 1_000);
  return inner(await client.ask('Profiler.stop'));
}

async function sampleHeap(client: AgentClient, seconds: number): Promise<string> {
  await client.ask('HeapProfiler.enable');
  await client.ask('HeapProfiler.startSampling', { samplingInterval: HEAP_INTERVAL });
  await delay(seconds * 1_000);
  return inner(await client.ask('HeapProfiler.stopSampling'));
}

/** By way of a file: a browser may take it more slowly than V8 makes it, and it does not fit into memory twice. */
async function sendSnapshot(client: AgentClient, pid: number, res: ServerResponse): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-snapshot-'));
  const file = join(directory, 'heapsnapshot');
  try {
    await client.ask(SNAPSHOT, { file });
    res.writeHead(200, headersFor(pid, 'heapsnapshot'));
    await pipeline(createReadStream(file), res);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What is in `{"profile":…}`. */
const inner = (result: string): string => result.slice('{"profile":'.length, -1);

const headersFor = (pid: number, kind: string) => ({
  'content-type': 'application/json',
  'content-disposition': `attachment; filename="worker-${pid}.${kind}"`,
  'cache-control': 'no-store',
});

import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Access } from '@troupe/guard';
import { SNAPSHOT } from '../inspector/messages.ts';
import { AgentClient } from './agent-client.ts';

/** What can be measured: where time goes, where memory was allocated that is still used, and all memory there is. */
export type Measurement = 'cpu' | 'heap' | 'snapshot';

/** Bytes between two samples of the heap, on average: V8's own default. */
const HEAP_INTERVAL = 32_768;
/** Between two samples of the CPU, µs. */
const CPU_INTERVAL = 1_000;
const MOST_SECONDS = 300;

/** Names of functions are for those who operate; a snapshot has every secret in it. */
export const ACCESS_TO_MEASURE: Readonly<Record<Measurement, Access>> = {
  cpu: 'operate',
  heap: 'operate',
  snapshot: 'debug',
};

export const isMeasurement = (name: string): name is Measurement => Object.hasOwn(ACCESS_TO_MEASURE, name);

/** From `?seconds=`: 5 unless given, 1 to 300. */
export function secondsOf(query: URLSearchParams): number {
  const seconds = Number(query.get('seconds') ?? 5);
  return Number.isFinite(seconds) ? Math.min(MOST_SECONDS, Math.max(1, seconds)) : 5;
}

/** Measures, and sends what came of it as a file that Chrome's DevTools can open. */
export async function measure(
  what: Measurement,
  worker: { pid: number; agent: string },
  seconds: number,
  res: ServerResponse,
): Promise<void> {
  const client = new AgentClient(worker.agent);
  // Nobody waits for it any more.
  res.once('close', () => client.close());
  try {
    if (what === 'snapshot') await sendSnapshot(client, worker.pid, res);
    else {
      const profile = await (what === 'cpu' ? profileCpu(client, seconds) : sampleHeap(client, seconds));
      res.writeHead(200, headersFor(worker.pid, what === 'cpu' ? 'cpuprofile' : 'heapprofile')).end(profile);
    }
  } finally {
    client.close();
  }
}

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

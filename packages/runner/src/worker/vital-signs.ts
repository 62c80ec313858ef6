import type { Heartbeat } from '@troupe/ipc';
import { EventLoop } from './event-loop.ts';
import { GcSampler } from './gc-sampler.ts';

/** What a heartbeat reads of its process. */
export interface VitalSigns {
  /** Since the process started, ms. */
  now(): number;
  /** User and system time since the process started, ms. */
  cpu(): number;
  /** Resident set, bytes. */
  memory(): number;
  heap(): Heartbeat['heap'];
  /** Since the last call. */
  eventLoop(): Heartbeat['eventLoop'];
  /** Since the last call, `cycle` ms ago. */
  gc(cycle: number): Heartbeat['gc'];
  stop(): void;
}

const NO_COLLECTIONS: Heartbeat['gc'] = { incremental: 0, full: 0, pauseMS: 0 };

/** Those of this process. `interval` is the time between two heartbeats, ms. */
export function vitalSigns(interval: number, monitorGc: boolean): VitalSigns {
  // Not import('node:v8'): no worker should wait for it before it serves.
  const { getHeapStatistics } = process.getBuiltinModule('node:v8');
  const eventLoop = new EventLoop();
  const gc = monitorGc ? new GcSampler(interval) : undefined;
  return {
    now: () => performance.now(),
    cpu: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    memory: () => process.memoryUsage.rss(),
    heap: () => {
      const { used_heap_size, total_heap_size, heap_size_limit } = getHeapStatistics();
      return { used: used_heap_size, total: total_heap_size, limit: heap_size_limit };
    },
    eventLoop: () => eventLoop.sample(),
    gc: cycle => gc?.sample(cycle) ?? NO_COLLECTIONS,
    stop: () => {
      eventLoop.stop();
      gc?.stop();
    },
  };
}

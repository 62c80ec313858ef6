import type { MetricFamily } from '@troupe/ipc';
import { counter, gauge } from './family.ts';

const MICROSECONDS = 1e6;
const MS = 1e3;

/** What this process has used up since its start. */
export function processCounters(role: 'master' | 'worker'): MetricFamily[] {
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return [
    counter(
      'troupe_process_cpu_seconds_total',
      'CPU time.',
      [{ role, mode: 'user' }, user / MICROSECONDS],
      [{ role, mode: 'system' }, system / MICROSECONDS],
    ),
    counter(
      'troupe_nodejs_eventloop_seconds_total',
      'How long event loops were at work, and how long they waited for work.',
      [{ role, state: 'active' }, active / MS],
      [{ role, state: 'idle' }, idle / MS],
    ),
  ];
}

/** What this process holds. */
export function processGauges(role: 'master' | 'worker'): MetricFamily[] {
  // Not import('node:v8'): no worker should wait for it before it serves.
  const { used_heap_size, total_heap_size, heap_size_limit } = process.getBuiltinModule('node:v8').getHeapStatistics();
  return [
    gauge('troupe_process_resident_memory_bytes', 'Resident memory.', [{ role }, process.memoryUsage.rss()]),
    gauge(
      'troupe_nodejs_heap_bytes',
      "V8's heap: what is used of it, its size, and the size at which a process ends.",
      [{ role, kind: 'used' }, used_heap_size],
      [{ role, kind: 'total' }, total_heap_size],
      [{ role, kind: 'limit' }, heap_size_limit],
    ),
  ];
}

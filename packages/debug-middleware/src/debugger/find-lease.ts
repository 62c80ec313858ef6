import type { DebugLease } from '@troupe/ipc';
import type { Bus } from '../options.ts';

/** That of a worker which can be debugged now. */
export async function findLease(bus: Bus, pid: number): Promise<DebugLease | undefined> {
  const leases = await bus.request('master', 'debug.leases', undefined);
  return leases.find(lease => lease.pid === pid && lease.state !== 'preparing');
}

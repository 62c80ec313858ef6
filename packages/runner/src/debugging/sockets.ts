import { dirname, join } from 'node:path';
import type { DebugLease } from '@troupe/ipc';

/** The private sockets of a worker that is debugged: beside the bus, where only this user can reach them. */
export function debugSockets(bus: string, pid: number): Pick<DebugLease, 'agent' | 'door'> {
  const name = (what: string) =>
    process.platform === 'win32' ? `${bus}-${what}-${pid}` : join(dirname(bus), `${what}-${pid}`);
  return { agent: name('agent'), door: name('door') };
}

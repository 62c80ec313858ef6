import os from 'node:os';
import type { HostView } from '../view.ts';
import type { Source } from './source.ts';

/** The disk is asked for once in so many looks: a process is started for it. */
const LOOKS_PER_DISK = 15;

/** The machine, by systeminformation, which is loaded when somebody looks (24 ms). */
export class HostSource implements Source<HostView | null, HostView> {
  #host: HostView | null = null;
  #disk: HostView['disk'] = null;
  #looks = 0;

  whole(): HostView | null {
    return this.#host;
  }

  async look(): Promise<HostView> {
    const { default: system } = await import('systeminformation');
    if (this.#looks++ % LOOKS_PER_DISK === 0) this.#disk = diskOf(process.cwd(), await system.fsSize());
    const [{ currentLoad }, { total, available }, network] = await Promise.all([
      system.currentLoad(),
      system.mem(),
      system.networkStats(),
    ]);
    this.#host = {
      cores: os.availableParallelism(),
      cpu: currentLoad,
      load: os.loadavg(),
      memory: { used: total - available, total },
      disk: this.#disk,
      network: trafficOf(network),
    };
    return this.#host;
  }
}

interface Mounted {
  mount: string;
  used: number;
  size: number;
}

/** The file system that a directory is on: the one with the longest mount point above it. */
export function diskOf(directory: string, mounts: readonly Mounted[]): HostView['disk'] {
  const above = mounts.filter(({ mount }) => `${directory}/`.startsWith(mount.endsWith('/') ? mount : `${mount}/`));
  const [nearest] = above.sort((a, b) => b.mount.length - a.mount.length);
  return nearest ? { used: nearest.used, total: nearest.size } : null;
}

/** null until there have been two looks: the first has nothing to compare with. */
function trafficOf(interfaces: readonly { rx_sec: number | null; tx_sec: number | null }[]): HostView['network'] {
  const known = interfaces.filter(({ rx_sec }) => rx_sec !== null);
  if (known.length === 0) return null;
  return {
    received: known.reduce((sum, { rx_sec }) => sum + (rx_sec ?? 0), 0),
    sent: known.reduce((sum, { tx_sec }) => sum + (tx_sec ?? 0), 0),
  };
}

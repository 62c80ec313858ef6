import type { Cluster } from './cluster.ts';

/** Where a cluster's application and monitor are, as its log tells; for scripts that say nothing themselves. */
export async function addressesOf(cluster: Cluster): Promise<{ app: string; monitor: string }> {
  const monitor = await cluster.logged(/^monitor listens/);
  const { address } = await cluster.logged(/^\d+ workers are ready/);
  return {
    app: `http://127.0.0.1:${(address as { port: number }).port}`,
    monitor: `http://127.0.0.1:${monitor.port}`,
  };
}

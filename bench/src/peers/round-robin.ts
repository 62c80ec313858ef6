/** Troupe, but connections come by node:cluster's round-robin: the accept path finds nothing to rest on in the workers. */
import cluster from 'node:cluster';

if (cluster.isWorker) {
  const getServer: unknown = Reflect.get(cluster, '_getServer');
  let looks = 0;
  // Node itself, which looks later, has to find it.
  Object.defineProperty(cluster, '_getServer', { get: () => (looks++ === 0 ? undefined : getServer) });
}

void import('./troupe.ts');

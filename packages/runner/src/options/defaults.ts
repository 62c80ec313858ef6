import { availableParallelism } from 'node:os';

/** COMPAT-level defaults of every option that has one. Options that are absent here are off unless given. */
export function defaults() {
  return {
    noWorkers: availableParallelism(),
    port: 8080 as number | string,
    warmUpPort: 0,
    warmUpTimeout: 60_000,
    monPort: 8081,
    ecv: {
      mode: 'control' as const,
      root: '/ecv',
      markUp: '/ecv/markUp',
      markDown: '/ecv/markDown',
      monitor: '/',
      disabled: false,
      minWorkers: 1,
      interval: 1_000,
    },
    metrics: { path: '/metrics', timeout: 1_000 },
    debug: { webPort: 8082, saveLiveEdit: false, lease: 1_800_000 },
    cache: { enable: true, mode: 'standalone' as const, persistPath: './cluster-cache-persist' },
    gc: { monitor: true, explicit: false },
    heartbeatInterval: 5_000,
    maxAge: 259_200,
    nanny: { enable: true, tolerance: 180_000 },
    stopTimeout: 60_000,
    drainDelay: 0,
    autopsy: { enable: false, timeout: 15_000, maxHeap: 536_870_912 },
    reload: { canary: 0, minRequests: 0 },
    startTimeout: 60_000,
    acceptWait: 5_000,
    monTrustLoopback: true,
  };
}

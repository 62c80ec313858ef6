export { Broker, type BrokerOptions, type PeerInfo } from './broker.ts';
export type { Client, ClientEvents, ClientState, RequestOptions } from './client.ts';
export { IpcError, type IpcErrorCode, isUnanswered, RemoteError } from './errors.ts';
export { createEmitter, type Emitter, type Listener } from './event-emitter.ts';
export type { AnyEventListener, EventListener } from './event-hub.ts';
export { findClusters } from './find-clusters.ts';
export type { HandleOptions } from './handlers.ts';
export { onHeartbeat } from './heartbeat.ts';
export {
  addCounts,
  LATENCY_BOUNDS,
  LATENCY_BUCKETS,
  LATENCY_PARTS,
  latencyBucket,
  type Percentiles,
  percentiles,
} from './latency.ts';
export {
  METRICS,
  type MetricAggregator,
  type MetricFamily,
  type MetricSample,
  type MetricType,
} from './metric-family.ts';
export { type Deferred, deferred, TroupePromise } from './promise.ts';
export * from './protocol.ts';
export { onReport, type Reporter, report } from './report.ts';
export { createRunDirectory, type RunDirectory, type RunDirectoryOptions } from './run-directory.ts';
export { connect } from './shared.ts';
export { emitter } from './shared-emitter.ts';
export { isDead } from './socket-path.ts';
export type { Answer } from './waiters.ts';

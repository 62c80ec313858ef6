/** The master's side of `/metrics`, which is loaded when the first workers are forked. */
export { hostMetrics } from '@troupe/metrics-middleware/host';
export { clusterMetrics } from './cluster-metrics.ts';

export { MetricsError, type MetricsErrorCode } from './errors.ts';
export { type MetricsOptions, metrics } from './metrics.ts';

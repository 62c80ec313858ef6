/**
 * The system's monotonic clock, ms: the same for every process, unlike `performance.now()`, whose first use also loads all
 * of `node:perf_hooks`.
 */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6;

/** What master and workers have to agree on. */
export const WORKERS = 8;
export const MESSAGES = 2_000;
export const ROUND_TRIPS = 500;

/** Of the size and shape of a heartbeat. */
export const MESSAGE = {
  pid: 12_345,
  uptime: 86_400,
  cpu: 12.5,
  memory: 123_456_789,
  state: 'ready',
  aliveConnections: 42,
  totalConnections: 1_234_567,
  transactions: 512,
  durations: 10_240,
  gc: { incremental: 12, full: 1, pauseMS: 37 },
  error: { count: 0, fatal: 0 },
};

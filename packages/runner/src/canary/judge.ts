/** What a worker, or several together, did while a new generation was on trial. */
export interface Observation {
  /** Requests that ended. */
  requests: number;
  /** Those that were answered with a status of 500 or more. */
  errors: number;
  /** What the requests took in all, ms. */
  durations: number;
  /** Bytes of V8's heap that collections do not get below; of several workers the greatest. */
  heap: number;
}

/** So few errors say nothing, unless every request was one. */
const FEW_ERRORS = 3;
/** How many standard deviations the share of errors may lie above the old generation's: chance alone gets there once in 700 trials. */
const SIGNIFICANT = 3;
/** Below this many requests on either side a mean latency says nothing. */
const FEW_REQUESTS = 20;
/** A new worker compiles its code while it is watched: it may take up to this many times as long, … */
const SLOWER = 2;
/** … and this many ms on top. */
const SLOWER_BY = 50;
/** The heap of a worker that leaks is soon this many times the greatest of the old ones, … */
const GREATER = 2;
/** … and so many bytes more. */
const GREATER_BY = 64 * 2 ** 20;

/** What is wrong with the first worker of a new generation, against those of the old one in the same time; null: nothing. */
export function judge(canary: Observation, old: Observation): string | null {
  return errors(canary, old) ?? latency(canary, old) ?? heap(canary, old);
}

function errors(canary: Observation, old: Observation): string | null {
  if (canary.errors === 0 || (canary.errors < FEW_ERRORS && canary.errors < canary.requests)) return null;
  if (deviation(canary, old) <= SIGNIFICANT) return null;
  const of = (one: Observation) => `${one.errors} of ${one.requests} requests`;
  return `${of(canary)} failed, in the old generation ${of(old)}`;
}

/** The test for two proportions, with pooled variance. */
function deviation(canary: Observation, old: Observation): number {
  // An old generation that nobody asked anything counts as one that makes no errors.
  const requests = old.requests || canary.requests;
  const pooled = (canary.errors + old.errors) / (canary.requests + requests);
  const variance = pooled * (1 - pooled) * (1 / canary.requests + 1 / requests);
  const difference = canary.errors / canary.requests - old.errors / requests;
  return variance === 0 ? 0 : difference / Math.sqrt(variance);
}

function latency(canary: Observation, old: Observation): string | null {
  if (canary.requests < FEW_REQUESTS || old.requests < FEW_REQUESTS) return null;
  const [now, before] = [canary.durations / canary.requests, old.durations / old.requests];
  if (now <= before * SLOWER + SLOWER_BY) return null;
  return `a request took ${Math.round(now)} ms, in the old generation ${Math.round(before)} ms`;
}

function heap(canary: Observation, old: Observation): string | null {
  if (old.heap === 0 || canary.heap <= old.heap * GREATER + GREATER_BY) return null;
  return `its heap has grown to ${megabytes(canary.heap)} MB, the greatest of the old generation is ${megabytes(old.heap)} MB`;
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

import { StartError } from '../errors.ts';
import type { StartFailure } from '../supervisor/state.ts';

/** What the supervisor says of a failed start, as the error that `listen` rejects with. */
export function toStartError(failure: StartFailure, startTimeout: number): StartError {
  const { worker, stage, detail } = failure;
  const who = worker === null ? 'a worker' : `worker ${worker}`;
  const where = { worker: worker ?? undefined, stage };
  switch (failure.kind) {
    case 'stage-failed':
      return new StartError('TROUPE_ERR_STAGE_FAILED', `${who} cannot serve, ${stage} failed: ${detail}`, {
        ...where,
        cause: toError(failure),
      });
    case 'stage-timeout':
      return new StartError(
        'TROUPE_ERR_STAGE_TIMEOUT',
        `${who} is not ready in time: ${HINTS[stage] ?? `${stage} has not settled`}. Limits: startTimeout ${startTimeout} ms, warmUpTimeout`,
        where,
      );
    case 'start-timeout':
      return new StartError(
        'TROUPE_ERR_START_TIMEOUT',
        `the cluster was not up within ${startTimeout} ms (startTimeout); the last worker ${detail}. Its own output says why`,
        where,
      );
  }
}

const HINTS: Record<string, string> = {
  start: 'it has not called listen(), which every process of the cluster has to do, or its event loop is blocked',
  configureApp: 'configureApp has not settled; it has to return the app, or a promise that settles',
  warmUp: 'warmUp has not settled; it has to return a value, or a promise that settles',
};

/** The worker's error: its stack is of the other process, where it was thrown. */
function toError({ error, detail }: StartFailure): Error {
  const cause = new Error(error?.message ?? detail);
  if (error?.stack) cause.stack = error.stack;
  return cause;
}

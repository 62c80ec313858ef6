import { StartError } from '../errors.ts';
import type { StartFailure } from '../supervisor/state.ts';

/** What the supervisor says of a failed start, as the error that `listen` or `run` rejects with. */
export function toStartError(kind: 'listen' | 'run', failure: StartFailure, startTimeout: number): StartError {
  const { worker, detail } = failure;
  // The supervisor knows one life for both; what warms up in a pool is its runnable.
  const stage = kind === 'run' && failure.stage === 'warmUp' ? 'runnable' : failure.stage;
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
        `${who} is not ready in time: ${hint(kind, stage)}. Limits: startTimeout ${startTimeout} ms, warmUpTimeout`,
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

function hint(kind: 'listen' | 'run', stage: string): string {
  switch (stage) {
    case 'start':
      return `it has not called ${kind}(), which every process of the cluster has to do, or its event loop is blocked`;
    case 'configureApp':
      return 'configureApp has not settled; it has to return the app, or a promise that settles';
    default:
      return `${stage} has not settled; it has to return a value, or a promise that settles`;
  }
}

/** The worker's error: its stack is of the other process, where it was thrown. */
function toError({ error, detail }: StartFailure): Error {
  const cause = new Error(error?.message ?? detail);
  if (error?.stack) cause.stack = error.stack;
  return cause;
}

import type { Problem } from './options/validate.ts';

/** The codes of the runner's errors. */
export type RunnerErrorCode =
  | 'TROUPE_ERR_OPTIONS'
  | 'TROUPE_ERR_ALREADY_STARTED'
  | 'TROUPE_ERR_NO_MASTER'
  | 'TROUPE_ERR_ADDRESS_IN_USE'
  | 'TROUPE_ERR_ADDRESS_UNAVAILABLE'
  | 'TROUPE_ERR_NOT_A_SERVER'
  | 'TROUPE_ERR_STAGE_FAILED'
  | 'TROUPE_ERR_STAGE_TIMEOUT'
  | 'TROUPE_ERR_START_TIMEOUT'
  | 'TROUPE_ERR_ENV_FILE'
  | 'TROUPE_ERR_RELOAD_FAILED'
  | 'TROUPE_ERR_NOT_SERVING'
  | 'TROUPE_ERR_NO_WORKER'
  | 'TROUPE_ERR_NO_CLUSTER'
  | 'TROUPE_ERR_DEBUG_OFF'
  | 'TROUPE_ERR_NOT_DEBUGGED'
  | 'TROUPE_ERR_NOT_DEBUGGABLE'
  | 'TROUPE_ERR_STOPPED';

/** An error of the runner: `code` is stable, `message` says what was given and what to do. */
export class RunnerError extends Error {
  readonly code: RunnerErrorCode;
  override readonly name: string = 'RunnerError';

  constructor(code: RunnerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `listen` or `run` was called with options that cannot be used; all of what is wrong is in `problems`. */
export class OptionsError extends RunnerError {
  override readonly name = 'OptionsError';
  readonly problems: readonly Problem[];

  constructor(called: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    const list = problems.map(({ path, message }) => `\n  - ${path}: ${message}`).join('');
    super('TROUPE_ERR_OPTIONS', `${called}() cannot start: ${count} in its options.${list}`);
    this.problems = problems;
  }
}

/** The first generation could not be brought up: which worker, in which stage, and why. */
export class StartError extends RunnerError {
  override readonly name = 'StartError';
  /** The pid of the worker that failed, if it was one worker. */
  readonly worker: number | undefined;
  /** What it was doing, for example `configureApp`. */
  readonly stage: string;

  constructor(
    code: RunnerErrorCode,
    message: string,
    where: { worker?: number | undefined; stage: string; cause?: unknown },
  ) {
    super(code, message, where.cause === undefined ? undefined : { cause: where.cause });
    this.worker = where.worker;
    this.stage = where.stage;
  }
}

export type EcvErrorCode =
  | 'TROUPE_ERR_ECV_OPTIONS'
  | 'TROUPE_ERR_ECV_MARK'
  | 'TROUPE_ERR_ECV_MARK_FILE_CORRUPT'
  | 'TROUPE_ERR_ECV_MARK_NOT_KEPT'
  | 'TROUPE_ERR_ECV_MONITOR'
  | 'TROUPE_ERR_ECV_VALIDATOR';

/** An error of this package. Switch on `code`; the message is for people. */
export class EcvError extends Error {
  override readonly name = 'EcvError';
  readonly code: EcvErrorCode;

  constructor(code: EcvErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const badOptions = (problems: readonly string[]): EcvError =>
  new EcvError('TROUPE_ERR_ECV_OPTIONS', `The options of ecv() cannot be used: ${problems.join('; ')}.`);

export const badMark = (given: unknown): EcvError =>
  new EcvError(
    'TROUPE_ERR_ECV_MARK',
    `A mark is { mark: 'up' | 'down', by: string }; given was ${JSON.stringify(given)}.`,
  );

export const corruptMarkFile = (path: string, keptAs: string): EcvError =>
  new EcvError(
    'TROUPE_ERR_ECV_MARK_FILE_CORRUPT',
    `${path} holds no mark that can be read, so this starts marked down: it may have been taken out on purpose. The file was kept as ${keptAs}. Mark it up to go on.`,
  );

export const markNotKept = (path: string, cause: unknown): EcvError =>
  new EcvError(
    'TROUPE_ERR_ECV_MARK_NOT_KEPT',
    `The mark counts now, but will not survive a restart: ${path} could not be written (${messageOf(cause)}).`,
    { cause },
  );

export const monitorFailed = (message: string, cause?: unknown): EcvError =>
  new EcvError('TROUPE_ERR_ECV_MONITOR', message, { cause });

export const validatorThrew = (cause: unknown): EcvError =>
  new EcvError(
    'TROUPE_ERR_ECV_VALIDATOR',
    `The validator of ecv() threw: ${messageOf(cause)}. It must return true or false; until it does, this is down.`,
    { cause },
  );

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}

export type DepsErrorCode = 'TROUPE_ERR_DEPS_OPTIONS' | 'TROUPE_ERR_DEPS_QUERY' | 'TROUPE_ERR_DEPS_THREAD';

/** An error of this package. Switch on `code`; the message is for people. */
export class DepsError extends Error {
  override readonly name = 'DepsError';
  readonly code: DepsErrorCode;

  constructor(code: DepsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const badOptions = (problems: readonly string[]): DepsError =>
  new DepsError('TROUPE_ERR_DEPS_OPTIONS', `The options of deps() cannot be used: ${problems.join('; ')}.`);

/** What a visitor asked for and cannot have; its message is the answer's text. */
export const badQuery = (message: string): DepsError => new DepsError('TROUPE_ERR_DEPS_QUERY', message);

export const threadFailed = (directory: string, cause: unknown): DepsError =>
  new DepsError(
    'TROUPE_ERR_DEPS_THREAD',
    `The dependencies of ${directory} could not be read: ${cause instanceof Error ? cause.message : String(cause)}. The next request tries again.`,
    { cause },
  );

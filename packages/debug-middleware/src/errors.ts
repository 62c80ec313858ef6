export type DebugErrorCode = 'TROUPE_ERR_DEBUG_OPTIONS' | 'TROUPE_ERR_DEBUG_ACTION' | 'TROUPE_ERR_DEBUG_NOT_BUILT';

/** An error of this package. Switch on `code`; the message is for people. */
export class DebugError extends Error {
  override readonly name = 'DebugError';
  readonly code: DebugErrorCode;

  constructor(code: DebugErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const badPath = (given: unknown): DebugError =>
  new DebugError(
    'TROUPE_ERR_DEBUG_OPTIONS',
    `The path of debug() is ${JSON.stringify(given)}, but must begin with "/" and end with a name, such as "/debug".`,
  );

export const badAction = (given: unknown): DebugError =>
  new DebugError(
    'TROUPE_ERR_DEBUG_ACTION',
    `The page asked for something that this server does not know: ${JSON.stringify(given)?.slice(0, 200)}. It may be of another version; load it again.`,
  );

export const notBuilt = (directory: string, cause: unknown): DebugError =>
  new DebugError(
    'TROUPE_ERR_DEBUG_NOT_BUILT',
    `The files of the live page are not in ${directory}; build the package ("npm run build") or install it anew.`,
    { cause },
  );

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

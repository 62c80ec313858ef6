/** The command line makes no sense: nothing was asked of any cluster. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

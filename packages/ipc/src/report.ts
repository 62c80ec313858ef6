import { toError } from './errors.ts';

/** Where a problem goes that has no caller to be thrown at: a throwing listener, a full queue, a cut-off. */
export type Reporter = (problem: Error) => void;

const toWarning: Reporter = problem => process.emitWarning(problem);
let reporter = toWarning;

/**
 * Sends the reports of this process to `fn`, in place of `process.emitWarning`. The latest caller wins; the function it
 * gets back restores the default.
 */
export function onReport(fn: Reporter): () => void {
  reporter = fn;
  return () => {
    if (reporter === fn) reporter = toWarning;
  };
}

/** Reports whatever was thrown; never throws, since it is called where nobody could catch it. */
export function report(thrown: unknown): void {
  const problem = toError(thrown);
  try {
    reporter(problem);
  } catch (failure) {
    toWarning(problem);
    if (failure instanceof Error) toWarning(failure);
  }
}

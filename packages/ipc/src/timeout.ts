import { badArgument } from './errors.ts';

/** What Node's timers can hold. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** How long something may take, ms. @throws TROUPE_ERR_IPC_BAD_ARGUMENT */
export function checkTimeout(timeout: number): number {
  if (typeof timeout !== 'number' || !(timeout > 0 && timeout <= MAX_TIMEOUT))
    throw badArgument(
      `The timeout of a request must be a number of ms above 0 and up to ${MAX_TIMEOUT}; ${timeout} was given.`,
    );
  return timeout;
}

import { createGuard, type Guard, type GuardOptions } from './guard.ts';

let current: Required<Guard> | undefined;

/** The guard a middleware uses when it is given none. Ask at each request: the runner may configure it after you started. */
export function defaultGuard(): Required<Guard> {
  current ??= createGuard();
  return current;
}

/**
 * Sets the options of this process's default guard; the runner does so once. Logins to the one before are forgotten.
 * @throws what {@link createGuard} throws; the guard is then as it was
 */
export function configureDefaultGuard(options: GuardOptions): void {
  current = createGuard(options);
}

import { createGuard, type Guard, type GuardOptions } from './guard.ts';

let current: Guard | undefined;

/** The guard a middleware uses when it is given none. Ask at each request: the runner may configure it after you started. */
export function defaultGuard(): Guard {
  current ??= createGuard();
  return current;
}

/**
 * Sets this process's default guard: one of your own, or the built-in one with these options. The runner does so once.
 * Logins to the one before are forgotten.
 * @throws what {@link createGuard} throws; the guard is then as it was
 */
export function configureDefaultGuard(guard: GuardOptions | Guard): void {
  current = 'authorize' in guard ? guard : createGuard(guard);
}

import type { LeaseView } from '../src/view.ts';
import { duration } from './format.ts';

/** Who debugs a worker, for how long, and whether its program runs meanwhile. @param now the server's clock, ms since the epoch */
export function debuggingOf(lease: LeaseView, now: number): string {
  return `debugged by ${lease.by} for ${duration(now - lease.since)}: ${programOf(lease)}`;
}

function programOf({ state, paused }: LeaseView): string {
  if (paused) return 'program paused';
  return { preparing: 'being prepared', waiting: 'waits before configureApp', open: 'program running' }[state];
}

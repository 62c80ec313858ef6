import type { TrafficReport } from '@troupe/ipc';

/** What a load balancer is told, and why. */
export interface Verdict {
  up: boolean;
  /** When `up` last changed, ms since the epoch. */
  since: number;
  /** Why it is down; empty when up. */
  reasons: readonly string[];
  /** The cluster's own view; absent when the master did not answer. */
  report?: TrafficReport;
  /** Whether this process belongs to no cluster, and `report` is about itself. */
  alone: boolean;
}

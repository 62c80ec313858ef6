import type { DebugLease } from '@troupe/ipc';
import type { LeaseView } from '../view.ts';

/** What pages are told of a lease: the paths of its private sockets are nobody's business. */
export function leaseViewOf(lease: DebugLease | undefined): LeaseView | undefined {
  if (lease === undefined) return undefined;
  const { agent: _agent, door: _door, root: _root, ...view } = lease;
  return view;
}

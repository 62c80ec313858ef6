import type { Assertion } from './assertion.ts';

/** A worker that has had `most` connections. */
export function assertConnections(most: number): Assertion {
  return ({ totalConnections }) => totalConnections >= most && `it has had ${totalConnections} connections`;
}

/**
 * A name for one participant of the bus that no other has, in this pid namespace or another. It is no secret: whoever can
 * reach the socket is this user anyway. (`node:crypto` would take a third as long to load as all of this package.)
 */
export function newInstance(): string {
  const random = () => Math.random().toString(36).slice(2);
  return `${process.pid}-${Date.now().toString(36)}-${random()}${random()}`;
}

/**
 * Memory that bytes wait in until they are sent. Outboxes hand it back when the operating system has taken them: otherwise
 * a busy process would have the garbage collector free a slab every few hundred frames.
 */
export const SLAB_BYTES = 64 * 1024;

/** More are freed. */
const MOST_SPARE = 16;
const spare: Buffer[] = [];

/** A slab that nobody else writes to until it is handed back. */
export function takeSlab(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
}

/** Nobody may refer to it any more. */
export function returnSlab(slab: Buffer): void {
  if (spare.length < MOST_SPARE) spare.push(slab);
}

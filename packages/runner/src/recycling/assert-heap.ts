import type { Assertion } from './assertion.ts';

/**
 * A worker whose V8 heap uses more than `limit`: bytes, or up to 1 the share of what V8 allows.
 * @throws RangeError
 */
export function assertHeap(limit: number): Assertion {
  if (!(limit > 0)) throw new RangeError(`assertHeap(${limit}): give bytes, or a share of the heap's limit up to 1`);
  return ({ heap }) => {
    const bytes = limit <= 1 ? limit * heap.limit : limit;
    return heap.used > bytes && `its heap uses ${megabytes(heap.used)} MB, more than ${megabytes(bytes)} MB`;
  };
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

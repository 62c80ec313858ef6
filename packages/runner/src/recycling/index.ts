/** When a worker is worn out: assertions for `shouldKill`. */
export { anyOf } from './any-of.ts';
export { assertBadGC } from './assert-bad-gc.ts';
export { assertEventLoop } from './assert-event-loop.ts';
export { assertHeap } from './assert-heap.ts';
export { assertOld } from './assert-old.ts';

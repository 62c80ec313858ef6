export { type DebugMiddleware, debug } from './debug.ts';
export { DebugError, type DebugErrorCode } from './errors.ts';
export type { Bus, DebugOptions } from './options.ts';

export { type DebugMiddleware, debug } from './debug.ts';
export { DebugError, type DebugErrorCode } from './errors.ts';
export type { FrameReport, StallReport, StallTrace } from './inspector/stalls/stall-trace.ts';
export type { Bus, DebugOptions } from './options.ts';

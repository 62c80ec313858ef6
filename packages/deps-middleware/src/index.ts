export { type DepsMiddleware, deps } from './deps.ts';
export { DepsError, type DepsErrorCode } from './errors.ts';
export type { DepsOptions } from './options.ts';

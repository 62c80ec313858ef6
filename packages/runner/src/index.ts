export type { Guard } from '@troupe/guard';
export { OptionsError, RunnerError, type RunnerErrorCode, StartError } from './errors.ts';
export type { LifecycleEvent, LifecycleStep } from './lifecycle.ts';
export { isMaster, isWorker, listen, run } from './listen.ts';
export type { Logger } from './log/logger.ts';
export type { MasterHandle } from './master/handle.ts';
export type * from './options/options.ts';
export type { Resolved } from './resolved.ts';

export type { Agent } from './agent.ts';
export { type EcvMiddleware, ecv, enable } from './ecv.ts';
export { EcvError, type EcvErrorCode } from './errors.ts';
export { type Bus, host } from './host.ts';
export { MarkStore, type StoredMark } from './mark-store.ts';
export type { Answer, EcvOptions, MonitorResponse, Validator } from './options.ts';
export { type Mark, Traffic, type TrafficOptions } from './traffic.ts';
export type { Verdict } from './verdict.ts';

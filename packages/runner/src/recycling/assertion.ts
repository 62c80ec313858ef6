import type { Heartbeat } from '@troupe/ipc';

/** Judges a worker by a heartbeat: true or a reason, in words, when it should be replaced. */
export type Assertion = (heartbeat: Heartbeat) => boolean | string;

import { createEmitter } from './event-emitter.ts';
import { sharedClient } from './shared.ts';

/** The emitter of this process. */
export const emitter = createEmitter(sharedClient());

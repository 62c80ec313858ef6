/** The emitter of this process, and its methods as exports: `import { on, emit } from '@troupe/ipc/emitter'`. */
import { createEmitter } from './event-emitter.ts';
import { sharedClient } from './shared.ts';

export const emitter = createEmitter(sharedClient());
export const { on, once, off, removeListener, removeAllListeners, listenerCount, emit, to, emitTo } = emitter;
export default emitter;

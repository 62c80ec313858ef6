/** The emitter of this process, and its methods as exports: `import { on, emit } from '@troupe/ipc/emitter'`. */
import { emitter } from './index.ts';

export { emitter };
export const { on, once, off, removeListener, removeAllListeners, listenerCount, emit, to, emitTo } = emitter;
export default emitter;

import type { Heartbeat } from '@troupe/ipc';
import type { UncaughtMessage } from '../uncaught-message.ts';

/** What is known of a worker that is gone. */
export interface End {
  code: number | null;
  signal: string | null;
  /** It was told to leave. */
  asked: boolean;
  /** The last error that nothing caught. */
  uncaught: UncaughtMessage | undefined;
  /** What it said last of itself. */
  heartbeat: Heartbeat | undefined;
}

/** A heap beyond this share of its limit is nearly full; the last heartbeat may have been a while before the end. */
const NEARLY_FULL = 0.75;

/** Why a worker process ended, in words: no more than what is known. */
export function exitReason({ code, signal, asked, uncaught, heartbeat }: End): string {
  // An application may catch an error after all, and leave in order much later.
  if (uncaught && !asked && code !== 0 && signal === null) return `uncaught error: ${uncaught.message}`;
  if (signal === 'SIGABRT') return aborted(heartbeat);
  if (signal === 'SIGKILL' && !asked) return 'killed by SIGKILL: by somebody, or by the kernel, out of memory';
  return signal ? `killed by ${signal}` : `exited with code ${code}`;
}

/** V8 aborts when its heap is full, and so does Node when it finds itself broken. */
function aborted(heartbeat: Heartbeat | undefined): string {
  if (heartbeat && heartbeat.heap.used > heartbeat.heap.limit * NEARLY_FULL) {
    const [used, limit] = [heartbeat.heap.used, heartbeat.heap.limit].map(bytes => Math.round(bytes / 2 ** 20));
    return `out of memory: its heap last used ${used} of ${limit} MB (SIGABRT)`;
  }
  return 'aborted (SIGABRT): out of memory, or a failure inside Node; its standard error says which';
}

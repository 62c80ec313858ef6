import type { Heartbeat } from '@troupe/ipc';
import type { UncaughtMessage } from '../uncaught-message.ts';
import type { ExitKind } from './exit-kind.ts';

/** What is known of a worker that is gone. */
export interface End {
  code: number | null;
  signal: string | null;
  kind: ExitKind;
  /** For what reason another one takes its place, if somebody or something has asked for that. */
  replaced: string | undefined;
  /** The last error that nothing caught. */
  uncaught: UncaughtMessage | undefined;
  /** What it said last of itself. */
  heartbeat: Heartbeat | undefined;
}

/** Of the heap's limit so much is for what is young, bytes: what ends a process is that the rest is full. */
const YOUNG_GENERATION = 48 * 2 ** 20;
/** Beyond this share it is nearly full; the last heartbeat may have been a while before the end. */
const NEARLY_FULL = 0.75;

/** How a worker process ended and why, in words: no more than what is known. */
export function exitReason(end: End): string {
  const { code, signal } = end;
  const how = signal ? `was killed by ${signal}` : `exited with code ${code}`;
  const why = cause(end);
  return why ? `${how}; ${why}` : how;
}

function cause({ kind, signal, replaced, uncaught, heartbeat }: End): string | undefined {
  switch (kind) {
    case 'stop':
      return 'the cluster stops';
    case 'reload':
      return 'a reload replaced it';
    case 'surplus':
      return 'it was not needed any more';
    case 'aborted':
      return abortion(heartbeat);
    case 'killed':
      return signal === 'SIGKILL' ? 'by somebody, or by the kernel when memory ran out' : undefined;
    case 'error':
      return uncaught && `uncaught error: ${uncaught.message}`;
    case 'exited':
      return undefined;
    default:
      return `it was replaced: ${replaced}`;
  }
}

/** V8 aborts when its heap is full, and so does Node when it finds itself broken. */
function abortion(heartbeat: Heartbeat | undefined): string {
  if (heartbeat && heartbeat.heap.used > (heartbeat.heap.limit - YOUNG_GENERATION) * NEARLY_FULL) {
    const [used, limit] = [heartbeat.heap.used, heartbeat.heap.limit].map(bytes => Math.round(bytes / 2 ** 20));
    return `out of memory: its heap last used ${used} of ${limit} MB`;
  }
  return 'out of memory, or a failure inside Node: its standard error says which';
}

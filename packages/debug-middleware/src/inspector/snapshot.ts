import { closeSync, openSync, writeSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/** Writes a heap snapshot of the main thread into a new file of this user's, as it comes: it is never whole in memory. */
export async function takeSnapshot(path: string): Promise<void> {
  const file = openSync(path, 'wx', 0o600);
  const session = new Session();
  session.connectToMainThread();
  let unwritten: unknown;
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => {
    try {
      if (unwritten === undefined) writeSync(file, params.chunk);
    } catch (problem) {
      unwritten = problem;
    }
  });
  try {
    await session.post('HeapProfiler.takeHeapSnapshot');
  } finally {
    session.disconnect();
    closeSync(file);
  }
  if (unwritten !== undefined) throw unwritten;
}

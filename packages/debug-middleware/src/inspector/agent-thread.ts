/** What runs in the agent's thread: a private socket, each connection of which is a debugger's session. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { AgentData } from './agent.ts';
import { DebugSession } from './debug-session.ts';
import { turnAfter } from './stalls/turns.ts';

export function runAgent(): void {
  const { socket: path, standby } = workerData as AgentData;
  const sessions = new Set<DebugSession>();
  const release = (answer: () => void) => {
    // Before the answer: who has it may want the next agent at once.
    if (!standby) server.close();
    answer();
    for (const session of sessions) session.end();
    if (!standby) void lastUntilForgotten();
  };
  /**
   * The main thread takes the sessions apart after they were ended here. Node aborts the process when this thread is gone
   * by then (`MainThreadInterface::Post` on one that is being destroyed; seen on Node 20, one release in a hundred).
   */
  const lastUntilForgotten = async () => {
    const over = Promise.all(Array.from(sessions, session => session.over));
    if (parentPort) await turnAfter(over, parentPort);
  };
  const server = createServer(async socket => {
    const session = new DebugSession(socket, release);
    sessions.add(session);
    await session.over;
    sessions.delete(session);
  });
  // A name that a process of this pid has left behind; nobody else has it.
  if (process.platform !== 'win32') rmSync(path, { force: true });
  server.listen(path, () => {
    if (process.platform !== 'win32') chmodSync(path, 0o600);
    parentPort?.postMessage('listening');
  });
}

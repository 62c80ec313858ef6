/** What runs in the agent's thread: a private socket, each connection of which is a debugger's session. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { AgentData } from './agent.ts';
import { DebugSession } from './debug-session.ts';

export function runAgent(): void {
  const { socket: path, standby } = workerData as AgentData;
  const sessions = new Set<DebugSession>();
  const release = () => {
    for (const session of sessions) session.end();
    if (!standby) server.close();
  };
  const server = createServer(socket => {
    const session = new DebugSession(socket, release);
    sessions.add(session);
    socket.once('close', () => sessions.delete(session));
  });
  // A name that a process of this pid has left behind; nobody else has it.
  if (process.platform !== 'win32') rmSync(path, { force: true });
  server.listen(path, () => {
    if (process.platform !== 'win32') chmodSync(path, 0o600);
    parentPort?.postMessage('listening');
  });
}

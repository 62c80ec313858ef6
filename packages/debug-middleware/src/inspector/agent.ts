import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { clock, isTurn, type TurnAnswer } from './stalls/turns.ts';

/** What the thread is given. */
export interface AgentData {
  /** The path of the private socket it listens on. */
  socket: string;
  /** Stay when released, for the next time. */
  standby: boolean;
}

/** A worker's debugging agent. */
export interface Agent {
  /** The private socket it listens on. */
  readonly socket: string;
  /** Resolves when it has left: nothing of it is there any more. */
  readonly gone: Promise<void>;
}

let running: Promise<Agent> | undefined;

/**
 * Starts this process's debugging agent: a thread that bridges V8's inspector to a private Unix socket (mode 0600, in a
 * directory of this user), and opens no TCP port. There is one in a process, however often it is asked for. It keeps
 * no process alive and delays no exit.
 *
 * It costs about 10 MB, and 40 ms of another core. Started on demand it leaves when it is released; on `standby` it stays,
 * since a main thread that runs in circles can no longer start one.
 *
 * @param failed told when it ends by an error later; the process goes on without it
 */
export async function startAgent(data: AgentData, failed: (problem: Error) => void): Promise<Agent> {
  const agent = running;
  // One that leaves has removed its socket already.
  if (agent && !existsSync((await agent).socket) && running === agent) running = undefined;
  running ??= keep(start(data, failed));
  return running;
}

/** Until it is gone, or could not start. */
function keep(agent: Promise<Agent>): Promise<Agent> {
  const forget = () => {
    if (running === agent) running = undefined;
  };
  agent.then(({ gone }) => gone).then(forget, forget);
  return agent;
}

async function start(data: AgentData, failed: (problem: Error) => void): Promise<Agent> {
  const entry = createRequire(import.meta.url).resolve('@troupe/debug-middleware/agent-thread');
  // Neither flags (--inspect) nor variables (a cluster's, secrets) of this process are for the thread.
  const thread = new Worker(entry, { workerData: data, execArgv: [], env: {} });
  const remove = () => rmSync(data.socket, { force: true });
  process.once('exit', remove);
  const gone = new Promise<void>(resolve => {
    thread.once('exit', () => {
      process.off('exit', remove);
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  // Costs nothing while it does not ask.
  thread.on('message', message => {
    if (isTurn(message)) thread.postMessage({ turn: message.turn, at: clock() } satisfies TurnAnswer);
  });
  thread.on('error', failed);
  thread.unref();
  return { socket: data.socket, gone };
}

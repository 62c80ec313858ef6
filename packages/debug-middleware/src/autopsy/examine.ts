import type { Census } from '@troupe/ipc';
import { AgentClient } from '../debugger/agent-client.ts';
import { CENSUS } from '../inspector/messages.ts';

/**
 * Has a process's debugging agent count the objects that are alive in it, by their class. The process stands still
 * meanwhile: it must be out of rotation.
 * @param agent the private socket of its agent
 * @param timeout ms
 */
export async function examine(agent: string, timeout: number): Promise<Census> {
  const client = new AgentClient(agent);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${timeout} ms`)), timeout);
  });
  try {
    return JSON.parse(await Promise.race([client.ask(CENSUS), late])) as Census;
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

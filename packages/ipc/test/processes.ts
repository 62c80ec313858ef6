import { fork } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { Role } from '../src/protocol.ts';

interface Message {
  id?: number;
  result?: unknown;
  event?: string;
  args: unknown[];
}

export interface TestProcess {
  readonly pid: number;
  /** Runs a command of fixtures/peer.mjs. */
  run(command: string, ...args: unknown[]): Promise<unknown>;
  /** The arguments of the next event of this name, or of one that nobody has asked for yet. */
  heard(event: string): Promise<unknown[]>;
  signal(signal: NodeJS.Signals): void;
}

const PATIENCE = 10_000;

/** Starts a real process on the bus; it ends with the test. */
export async function startProcess(path: string, role: Role = 'worker'): Promise<TestProcess> {
  const child = fork(new URL('fixtures/peer.mjs', import.meta.url), [path, role], { serialization: 'advanced' });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const inbox: Message[] = [];
  const waiting = new Set<() => void>();
  child.on('message', message => {
    inbox.push(message as Message);
    for (const check of waiting) check();
  });

  function next(what: string, matches: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`process ${child.pid}: no ${what} within ${PATIENCE} ms`)),
        PATIENCE,
      );
      const check = () => {
        const at = inbox.findIndex(matches);
        const [found] = at < 0 ? [] : inbox.splice(at, 1);
        if (found === undefined) return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  }

  let lastId = 0;
  await next('ready', message => message.event === 'ready');
  return {
    pid: child.pid ?? 0,
    async run(command, ...args) {
      const id = ++lastId;
      child.send({ id, command, args });
      return (await next(`result of ${command}`, message => message.id === id)).result;
    },
    heard: async event => (await next(`event '${event}'`, message => message.event === event)).args,
    signal: signal => child.kill(signal),
  };
}

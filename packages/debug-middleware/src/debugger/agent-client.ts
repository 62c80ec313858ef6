import { type Deferred, deferred } from '@troupe/ipc';
import { AgentConnection } from './agent-connection.ts';

/** Asks a worker's V8 on the server's own behalf. Answers stay text: they can be large, and are only passed on. */
export class AgentClient {
  readonly #connection: AgentConnection;
  readonly #asked = new Map<number, Deferred<string>>();
  #nextId = 1;

  /** @param agent the private socket of the worker's agent */
  constructor(agent: string) {
    this.#connection = new AgentConnection(agent, {
      message: line => this.#receive(line),
      closed: () => {
        for (const asked of this.#asked.values()) asked.reject(new Error('the worker has ended, or let go'));
        this.#asked.clear();
      },
    });
  }

  /** The result as JSON. Rejects with V8's reason, or when the worker goes away. */
  ask(method: string, params: object = {}): Promise<string> {
    const id = this.#nextId++;
    const asked = deferred<string>();
    this.#asked.set(id, asked);
    this.#connection.send({ id, method, params });
    return asked.promise;
  }

  close(): void {
    this.#connection.close();
  }

  #receive(line: string): void {
    const [begin, id] = /^\{"id":(\d+),"result":/.exec(line) ?? [];
    if (begin !== undefined) return this.#settle(Number(id), asked => asked.resolve(line.slice(begin.length, -1)));
    const { id: failed, error } = JSON.parse(line) as { id?: number; error?: { message: string } };
    if (failed !== undefined) this.#settle(failed, asked => asked.reject(new Error(error?.message)));
  }

  #settle(id: number, how: (asked: Deferred<string>) => void): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (asked) how(asked);
  }
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { within } from './deadline.ts';

type Message = { id?: number; method?: string; params?: object; result?: object; error?: { message: string } };
/** A result or an event's parameters; each test knows what it asked for. */
type Loose = Record<string, unknown>;

/** A debugger at the private socket of a worker's agent. */
export class Inspector {
  readonly closed: Promise<unknown>;
  readonly #socket: Socket;
  readonly #messages: Message[] = [];
  readonly #waiting = new Set<() => void>();
  #id = 0;

  static async connect(path: string): Promise<Inspector> {
    const socket = connect(path);
    await within(once(socket, 'connect'), `a connection to ${path}`);
    return new Inspector(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = once(socket, 'close');
    createInterface({ input: socket }).on('line', line => {
      this.#messages.push(JSON.parse(line) as Message);
      for (const wake of this.#waiting) wake();
    });
    onTestFinished(() => this.close());
  }

  /** The result; rejects with what V8 says instead. */
  async send(method: string, params: object = {}): Promise<Loose> {
    const id = ++this.#id;
    this.#socket.write(`${JSON.stringify({ id, method, params })}\n`);
    const { result, error } = await this.#next(`an answer to ${method}`, message => message.id === id);
    if (error) throw new Error(error.message);
    return result as Loose;
  }

  /** Sends without waiting: the answer may take for ever. */
  post(method: string, params: object = {}): void {
    this.#socket.write(`${JSON.stringify({ id: ++this.#id, method, params })}\n`);
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    return (result as { value?: unknown }).value;
  }

  async event(method: string): Promise<Loose> {
    return (await this.#next(method, message => message.method === method)).params as Loose;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #next(what: string, fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const index = this.#messages.findIndex(fits);
      const [found] = index < 0 ? [] : this.#messages.splice(index, 1);
      if (found) return found;
      await within(this.#arrival(), what);
    }
  }

  #arrival(): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }
}

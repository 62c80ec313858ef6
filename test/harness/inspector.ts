import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { within } from './deadline.ts';

type Message = { id?: number; method?: string; params?: object; result?: object; error?: { message: string } };
/** A result or an event's parameters; each test knows what it asked for. */
type Loose = Record<string, unknown>;

interface Transport {
  write(text: string): void;
  close(): void;
  closed: Promise<unknown>;
}

/** A debugger: at the private socket of a worker's agent, or at the monitor. */
export class Inspector {
  readonly closed: Promise<unknown>;
  readonly #transport: Transport;
  readonly #messages: Message[] = [];
  readonly #waiting = new Set<() => void>();
  #id = 0;

  static async connect(path: string): Promise<Inspector> {
    const socket = connect(path);
    const inspector = new Inspector({
      write: text => socket.write(`${text}\n`),
      close: () => socket.destroy(),
      closed: once(socket, 'close'),
    });
    createInterface({ input: socket }).on('line', line => inspector.#receive(line));
    await within(once(socket, 'connect'), `a connection to ${path}`);
    return inspector;
  }

  /** @param url of a worker's debugger on the monitor */
  static async attach(url: string, may = 'debug'): Promise<Inspector> {
    // As a browser does: the page comes first.
    await (await fetch(url)).arrayBuffer();
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket?may=${may}`);
    const inspector = new Inspector({
      write: text => socket.send(text),
      close: () => socket.terminate(),
      closed: new Promise(resolve => socket.once('close', resolve)),
    });
    socket.on('message', data => inspector.#receive(String(data)));
    await within(once(socket, 'open'), `a connection to ${url}`);
    return inspector;
  }

  private constructor(transport: Transport) {
    this.#transport = transport;
    this.closed = transport.closed;
    onTestFinished(() => this.close());
  }

  /** The result; rejects with what V8 says instead. */
  async send(method: string, params: object = {}): Promise<Loose> {
    const id = ++this.#id;
    this.#transport.write(JSON.stringify({ id, method, params }));
    const { result, error } = await this.#next(`an answer to ${method}`, message => message.id === id);
    if (error) throw new Error(error.message);
    return result as Loose;
  }

  /** Sends without waiting: the answer may take for ever. */
  post(method: string, params: object = {}): void {
    this.#transport.write(JSON.stringify({ id: ++this.#id, method, params }));
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    return (result as { value?: unknown }).value;
  }

  /** The parameters of the first event of this name that fits. */
  async event(method: string, fits: (params: Loose) => boolean = () => true): Promise<Loose> {
    const wanted = (message: Message) => message.method === method && fits(message.params as Loose);
    return (await this.#next(method, wanted)).params as Loose;
  }

  write(text: string): void {
    this.#transport.write(text);
  }

  close(): void {
    this.#transport.close();
  }

  #receive(text: string): void {
    this.#messages.push(JSON.parse(text) as Message);
    for (const wake of this.#waiting) wake();
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

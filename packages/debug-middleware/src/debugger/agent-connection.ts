import { connect, type Socket } from 'node:net';
import { LineReader } from '../inspector/lines.ts';
import { type Command, MAX_MESSAGE } from '../inspector/messages.ts';

interface AgentEvents {
  /** A line of the Chrome DevTools Protocol. */
  message(line: string): void;
  /** It is over; whatever the program was paused for, it goes on. */
  closed(): void;
}

/** One debugging session with a worker, over the private socket of its agent. */
export class AgentConnection {
  readonly #socket: Socket;

  constructor(path: string, events: AgentEvents) {
    this.#socket = connect(path);
    const reader = new LineReader(events.message, MAX_MESSAGE);
    this.#socket.on('data', chunk => {
      try {
        reader.push(chunk);
      } catch (problem) {
        this.#socket.destroy(problem instanceof Error ? problem : new Error(String(problem)));
      }
    });
    // `close` follows, and says all that a debugger can do about it.
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => events.closed());
  }

  send(command: Command): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(command)}\n`);
  }

  /** Back-pressure: the agent waits while nobody takes what it says. */
  flow(flows: boolean): void {
    if (flows) this.#socket.resume();
    else this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }
}

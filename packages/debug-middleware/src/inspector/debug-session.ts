import { Session } from 'node:inspector';
import type { Socket } from 'node:net';
import { takeCensus } from '../autopsy/census.ts';
import { LineReader } from './lines.ts';
import {
  CENSUS,
  type Command,
  failure,
  MAX_BACKLOG,
  MAX_MESSAGE,
  RELEASE,
  SNAPSHOT,
  STALLS,
  toCommand,
} from './messages.ts';
import { takeSnapshot } from './snapshot.ts';
import { type TraceOrder, traceStalls } from './stalls/trace.ts';

/** How long a debugger may take to read the last of what it was sent, ms. */
const PATIENCE = 1_000;

/**
 * One debugger's connection, and V8's session for it. The session is on the main thread's isolate but spoken to from this
 * thread, so it works while the main thread stands at a breakpoint or runs in circles.
 */
export class DebugSession {
  readonly #socket: Socket;
  readonly #release: (answer: () => void) => void;
  #session: Session | undefined;
  /** What takes its time ends with the session. */
  readonly #ended = new AbortController();
  readonly #works: Promise<void>[] = [];
  /** Resolves when the connection is closed and nothing that came by it is still at work. */
  readonly over: Promise<void>;

  /** @param release ends all sessions, this one among them, after it has had the order answered */
  constructor(socket: Socket, release: (answer: () => void) => void) {
    this.#socket = socket;
    this.#release = release;
    const reader = new LineReader(line => this.#receive(line), MAX_MESSAGE);
    socket.on('data', chunk => {
      if (this.#ended.signal.aborted) return;
      try {
        reader.push(chunk);
      } catch (problem) {
        socket.destroy(problem instanceof Error ? problem : new Error(String(problem)));
      }
    });
    // `close` follows, and is what counts.
    socket.on('error', () => this.#disconnect());
    const closed = new Promise(resolve => socket.once('close', resolve));
    this.over = closed.then(async () => {
      this.#disconnect();
      await Promise.all(this.#works);
    });
  }

  /** Sends what was said, and ends. A program that this session has paused goes on. */
  end(): void {
    this.#disconnect();
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), PATIENCE).unref();
  }

  #receive(line: string): void {
    const command = toCommand(line);
    const { id, method } = command;
    if (method === RELEASE) return this.#release(() => this.#send(JSON.stringify({ id, result: {} })));
    const work = this.#workOf(command);
    if (work) this.#works.push(this.#work(id, work));
    else this.#pass(command);
  }

  #workOf({ method, params = {} }: Command): (() => Promise<object>) | undefined {
    switch (method) {
      case SNAPSHOT:
        return () => takeSnapshot(String(Reflect.get(params, 'file'))).then(() => ({}));
      case STALLS:
        return () => traceStalls(params as TraceOrder, this.#ended.signal);
      case CENSUS:
        return takeCensus;
      default:
        return undefined;
    }
  }

  /** What has a session of its own. */
  async #work(id: number, work: () => Promise<object>): Promise<void> {
    try {
      this.#send(JSON.stringify({ id, result: await work() }));
    } catch (problem) {
      this.#send(failure(id, ...reasonOf(problem instanceof Error ? problem : new Error(String(problem)))));
    }
  }

  #pass({ id, method, params }: Command): void {
    this.#session ??= this.#connect();
    this.#session.post(method, params, (problem, result) => {
      if (problem) this.#send(failure(id, ...reasonOf(problem)));
      else this.#send(JSON.stringify({ id, result: result ?? {} }));
    });
  }

  #connect(): Session {
    const session = new Session();
    session.connectToMainThread();
    session.on('inspectorNotification', notification => this.#send(JSON.stringify(notification)));
    return session;
  }

  #disconnect(): void {
    this.#ended.abort();
    this.#session?.disconnect();
    this.#session = undefined;
  }

  #send(message: string): void {
    if (!this.#socket.writable) return;
    this.#socket.write(`${message}\n`);
    if (this.#socket.writableLength > MAX_BACKLOG) {
      this.#socket.destroy(new Error(`the debugger does not take what it asked for: ${MAX_BACKLOG} bytes wait`));
    }
  }
}

/** Node wraps V8's `{ code, message }` as text. */
function reasonOf({ message }: Error): [message: string, code?: number] {
  const [, code, reason] = /^Inspector error (-?\d+): (.*)$/s.exec(message) ?? [];
  return code === undefined || reason === undefined ? [message] : [reason, Number(code)];
}

import { closeSync, openSync, writeSync } from 'node:fs';
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
import { type TraceOrder, traceStalls } from './stalls/trace.ts';

/** How long a debugger may take to read the last of what it was sent, ms. */
const PATIENCE = 1_000;

/**
 * One debugger's connection, and V8's session for it. The session is on the main thread's isolate but spoken to from this
 * thread, so it works while the main thread stands at a breakpoint or runs in circles.
 */
export class DebugSession {
  readonly #socket: Socket;
  readonly #release: () => void;
  #session: Session | undefined;
  /** What takes its time ends with the session. */
  readonly #ended = new AbortController();

  constructor(socket: Socket, release: () => void) {
    this.#socket = socket;
    this.#release = release;
    const reader = new LineReader(line => this.#receive(line), MAX_MESSAGE);
    socket.on('data', chunk => {
      try {
        reader.push(chunk);
      } catch (problem) {
        socket.destroy(problem instanceof Error ? problem : new Error(String(problem)));
      }
    });
    // `close` follows, and is what counts.
    socket.on('error', () => this.#disconnect());
    socket.once('close', () => this.#disconnect());
  }

  /** Sends what was said, and ends. A program that this session has paused goes on. */
  end(): void {
    this.#disconnect();
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), PATIENCE).unref();
  }

  #receive(line: string): void {
    const command = toCommand(line);
    if (command.method === RELEASE) {
      this.#send(JSON.stringify({ id: command.id, result: {} }));
      this.#release();
      return;
    }
    if (command.method === SNAPSHOT) this.#snapshot(command);
    else if (command.method === STALLS)
      void this.#work(command.id, () => traceStalls(command.params as TraceOrder, this.#ended.signal));
    else if (command.method === CENSUS) void this.#work(command.id, takeCensus);
    else this.#pass(command);
  }

  #snapshot({ id, params = {} }: Command): void {
    const session = new Session();
    session.connectToMainThread();
    const file = openSync(String(Reflect.get(params, 'file')), 'wx', 0o600);
    let unwritten: Error | undefined;
    session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => {
      try {
        if (!unwritten) writeSync(file, params.chunk);
      } catch (problem) {
        unwritten = problem instanceof Error ? problem : new Error(String(problem));
      }
    });
    session.post('HeapProfiler.takeHeapSnapshot', refused => {
      closeSync(file);
      session.disconnect();
      const problem = refused ?? unwritten;
      this.#send(problem ? failure(id, ...reasonOf(problem)) : JSON.stringify({ id, result: {} }));
    });
  }

  async #work(id: number, work: () => Promise<object>): Promise<void> {
    try {
      this.#send(JSON.stringify({ id, result: await work() }));
    } catch (problem) {
      this.#send(failure(id, problem instanceof Error ? problem.message : String(problem)));
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

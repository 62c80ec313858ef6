import { Worker } from 'node:worker_threads';
import { threadFailed } from './errors.ts';
import type { Question } from './question.ts';
import type { Inquiry, Reading, Reply, Subject } from './reading.ts';

/** The same from src (tests) and from dist. */
const ENTRY = new URL('../dist/thread.js', import.meta.url);

type Waiting = { resolve(reading: Reading): void; reject(error: Error): void; deadline: NodeJS.Timeout };

export interface ReaderOptions {
  /** How long the thread waits for another question before it ends, ms. */
  idle: number;
  /** How long it may take to answer one, ms. */
  timeout: number;
  /** What it runs. @default what reads trees */
  entry?: URL;
}

/**
 * Owns the thread that reads dependency trees: starts it with the first question, and ends it when it has had nothing to
 * do for a while, or takes too long. Reading takes hundreds of milliseconds of CPU, which the loop of a master does not have. The thread
 * keeps no process alive.
 */
export class Reader {
  readonly #subject: Subject;
  readonly #options: ReaderOptions;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;

  constructor(subject: Subject, options: ReaderOptions) {
    this.#subject = subject;
    this.#options = options;
  }

  /** Whether a thread is there now. */
  get running(): boolean {
    return this.#thread !== undefined;
  }

  /** @throws TROUPE_ERR_DEPS_THREAD */
  read(question: Question, generation: number): Promise<Reading> {
    clearTimeout(this.#timer);
    const thread = this.#thread ?? this.#start();
    const inquiry: Inquiry = { id: ++this.#asked, question, generation };
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => this.#giveUp(thread), this.#options.timeout).unref();
      this.#waiting.set(inquiry.id, { resolve, reject, deadline });
      thread.postMessage(inquiry);
    });
  }

  /** Resolves when the thread is gone; who still waits is told. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const thread = this.#thread;
    this.#lose(thread, new Error('deps() was closed'));
    await thread?.terminate();
  }

  #start(): Worker {
    // Flags such as --inspect or --import are the application's, not this thread's.
    const thread = new Worker(this.#options.entry ?? ENTRY, { workerData: this.#subject, execArgv: [], env: {} });
    thread.unref();
    thread.on('message', (reply: Reply) => this.#settle(reply));
    thread.on('error', error => this.#lose(thread, error));
    thread.on('exit', code => this.#lose(thread, new Error(`its thread ended with code ${code}`)));
    this.#thread = thread;
    return thread;
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    clearTimeout(waiting?.deadline);
    if ('reading' in reply) waiting?.resolve(reply.reading);
    else waiting?.reject(threadFailed(this.#subject.directory, reply.error));
    if (this.#waiting.size === 0) this.#timer = setTimeout(() => this.close(), this.#options.idle).unref();
  }

  /** What keeps it busy keeps everybody waiting. Nobody waits for its end: it may hang in what cannot be interrupted. */
  #giveUp(thread: Worker): void {
    this.#lose(thread, new Error(`its thread took longer than ${this.#options.timeout} ms`));
    void thread.terminate();
  }

  #lose(thread: Worker | undefined, cause: Error): void {
    if (thread !== this.#thread) return;
    this.#thread = undefined;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, deadline } of lost) {
      clearTimeout(deadline);
      reject(threadFailed(this.#subject.directory, cause));
    }
  }
}

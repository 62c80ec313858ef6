import type { Worker as ClusterWorker } from 'node:cluster';
import type { ConnectionHandle, Waiting } from './line.ts';
import { COMMAND, type FromMaster } from './messages.ts';

/** How long a worker's answer to a fence is waited for, ms. */
const FENCE_TIMEOUT = 1_000;

/** A connection on its way to a worker. */
export interface HandOver {
  readonly seq: number;
  /** When it is given to another worker, `monotonic()`. */
  readonly deadline: number;
  /** Undefined when another worker was given it. */
  waiting: Waiting | undefined;
  /** Queued: Node sends a handle when the one before, which may be the application's, has been received. */
  state: 'queued' | 'sent' | 'failed';
}

/** A worker as the accept path sees it. */
export class Member {
  readonly worker: ClusterWorker;
  /** Keys of the addresses it serves. */
  readonly serves = new Set<string>();
  /** Those of them whose servers have no room. */
  readonly full = new Set<string>();
  /** Hand-overs that it was too late for; it will return them, and others have them. */
  readonly forfeited = new Set<number>();
  /** Takes no new connections: it leaves, or is paused. */
  withdrawn = false;
  /** What it was handed and has not received yet. One that is stopped has it until it goes on, and gets nothing more. */
  pending: HandOver | undefined;
  readonly #fences = new Map<number, () => void>();

  constructor(worker: ClusterWorker) {
    this.worker = worker;
  }

  /** Whether it can be handed a connection of this address, now or after the one it is being handed. */
  serving(key: string): boolean {
    return !this.withdrawn && this.serves.has(key) && !this.full.has(key);
  }

  get isFree(): boolean {
    return this.pending === undefined;
  }

  handOver(seq: number, deadline: number, waiting: Waiting): void {
    const handOver: HandOver = { seq, deadline, waiting, state: 'queued' };
    this.pending = handOver;
    const { key } = waiting.line;
    this.send({ cmd: COMMAND, act: 'connection', seq, key, deadline }, waiting.connection, error => {
      handOver.state = error ? 'failed' : 'sent';
      if (error && !handOver.waiting) this.pending = undefined;
    });
  }

  /** Resolves when it has read all that it was sent before, or is lost, or does not answer in time. */
  async fence(seq: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, FENCE_TIMEOUT);
      this.#fences.set(seq, () => {
        clearTimeout(timer);
        resolve();
      });
      this.send({ cmd: COMMAND, act: 'fence', seq });
    });
    this.#fences.delete(seq);
  }

  fenced(seq: number): void {
    this.#fences.get(seq)?.();
  }

  /** It is gone, and answers nothing any more. */
  lost(): void {
    for (const settle of this.#fences.values()) settle();
  }

  /** One that cannot be reached is about to be lost; what it was handed is rescued then, or when it is late. */
  send(message: FromMaster, connection?: ConnectionHandle, done: (error: Error | null) => void = () => {}): void {
    if (this.worker.isConnected()) this.worker.process.send(message, connection as never, {}, done);
  }
}

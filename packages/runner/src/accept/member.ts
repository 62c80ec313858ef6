import type { Worker as ClusterWorker } from 'node:cluster';
import type { ConnectionHandle, Waiting } from './listener.ts';
import { COMMAND, type FromMaster } from './messages.ts';

/** How long a worker's answer to a fence is waited for, ms. */
const FENCE_TIMEOUT = 1_000;

/** A worker as the accept path sees it. */
export class Member {
  readonly worker: ClusterWorker;
  /** Keys of the listeners it serves. */
  readonly serves = new Set<string>();
  /** Takes no new connections: it leaves, or is paused. */
  withdrawn = false;
  /** What it was handed and has not taken yet; `deadline` in µs of the monotonic clock. */
  pending: { seq: number; deadline: number; waiting: Waiting } | undefined;
  /** It missed a deadline, and gets nothing more until it says something. */
  unresponsive = false;
  readonly #fences = new Map<number, () => void>();

  constructor(worker: ClusterWorker) {
    this.worker = worker;
  }

  get isFree(): boolean {
    return !this.withdrawn && !this.unresponsive && this.pending === undefined;
  }

  /** Takes back what it was handed and has not taken. */
  takeBack(): Waiting | undefined {
    const waiting = this.pending?.waiting;
    this.pending = undefined;
    return waiting;
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
  send(message: FromMaster, connection?: ConnectionHandle): void {
    if (this.worker.isConnected()) this.worker.process.send(message, connection as never, {}, () => {});
  }
}

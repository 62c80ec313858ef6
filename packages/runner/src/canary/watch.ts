import { setTimeout as delay } from 'node:timers/promises';
import type { WorkDone } from '@troupe/ipc';
import { judge, type Observation } from './judge.ts';
import { Trial } from './trial.ts';

/** A trial is looked at ten times, and not more often or more rarely than this, ms. */
const LOOKS = 10;
const SHORTEST = 50;
const LONGEST = 1_000;

/** What a watch needs of the master. */
export interface Watchtower {
  /** How long the first worker of a new generation is watched, ms. */
  canary: number;
  /** With fewer requests it is watched for as long again. */
  minRequests: number;
  /** What a worker has done so far. */
  ask(pid: number): Promise<WorkDone>;
  /** What came of it; null: it is as good as the old generation. */
  verdict(problem: string | null): void;
  /** So many requests were too few; it goes on. */
  extended(requests: number): void;
  /** @default setTimeout of node:timers/promises */
  wait?(ms: number, signal: AbortSignal): Promise<void>;
}

/** Watches one worker beside those of the old generation until it has shown what it is. */
export class Watch {
  readonly #tower: Watchtower;
  readonly #canary: Trial;
  readonly #old: Trial;
  readonly #ended = new AbortController();

  constructor(tower: Watchtower, canary: number, old: readonly number[]) {
    this.#tower = tower;
    this.#canary = new Trial([canary]);
    this.#old = new Trial(old);
  }

  /** Settles when the verdict is said, or the watch was ended. */
  async run(): Promise<void> {
    const { canary: length, verdict } = this.#tower;
    const step = Math.max(SHORTEST, Math.min(LONGEST, length / LOOKS));
    await this.#look();
    for (let watched = 0; await this.#pass(step); ) {
      watched += step;
      await this.#look();
      const canary = this.#canary.observation();
      const problem = judge(canary, this.#old.observation());
      // What is bad is seen at once, so that it gets as few requests as can be; what is good only in the end.
      if (problem !== null) return this.#say(() => verdict(problem));
      if (watched < length) continue;
      if (this.#isConclusive(canary)) return this.#say(() => verdict(null));
      watched = 0;
      this.#say(() => this.#tower.extended(canary.requests));
    }
  }

  /** The reload has come to an end otherwise. */
  end(): void {
    this.#ended.abort();
  }

  #say(what: () => void): void {
    if (!this.#ended.signal.aborted) what();
  }

  #isConclusive({ requests }: Observation): boolean {
    return this.#canary.isSeen && requests >= this.#tower.minRequests;
  }

  async #look(): Promise<void> {
    await Promise.all([this.#canary.look(this.#tower.ask), this.#old.look(this.#tower.ask)]);
  }

  async #pass(ms: number): Promise<boolean> {
    const { wait = pass } = this.#tower;
    const { signal } = this.#ended;
    if (!signal.aborted) await wait(ms, signal);
    return !signal.aborted;
  }
}

async function pass(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

import { deferred, type ReloadResult } from '@troupe/ipc';
import { RunnerError } from '../errors.ts';
import type { Effect } from '../supervisor/state.ts';

type Ended = Extract<Effect, { type: 'reloaded' | 'reload-failed' }>;

/**
 * Who waits for which reload. One that is asked for while another runs follows it; all who ask meanwhile share that one.
 * So the environment file and the code on the disk are read once for each, when its turn has come.
 */
export class Reloads {
  readonly #begin: () => Promise<void>;
  #outcome: ReturnType<typeof deferred<ReloadResult>> | undefined;
  #running: Promise<ReloadResult> | undefined;
  #next: Promise<ReloadResult> | undefined;

  /** `begin` has the supervisor reload; it rejects when it cannot come to that. */
  constructor(begin: () => Promise<void>) {
    this.#begin = begin;
  }

  /** The reload that will pick up what is on the disk now. */
  request(): Promise<ReloadResult> {
    if (!this.#running) return this.#start();
    const start = () => this.#start();
    this.#next ??= this.#running.then(start, start);
    return this.#next;
  }

  ended(effect: Ended, pidOf: (id: number) => number | undefined): void {
    const { generation } = effect;
    if (effect.type === 'reloaded') {
      this.#outcome?.resolve({ generation, skipped: effect.skipped.flatMap(id => pidOf(id) ?? []) });
    } else {
      this.#outcome?.reject(
        new RunnerError('TROUPE_ERR_RELOAD_FAILED', `generation ${generation} was rolled back: ${effect.problem}`),
      );
    }
  }

  /** The cluster stops: what was asked for will not come any more. */
  abandon(): void {
    this.#outcome?.reject(new RunnerError('TROUPE_ERR_RELOAD_FAILED', 'the cluster stops, and reloads no more'));
  }

  #start(): Promise<ReloadResult> {
    this.#next = undefined;
    this.#running = this.#carryOut().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #carryOut(): Promise<ReloadResult> {
    this.#outcome = deferred<ReloadResult>();
    const [result] = await Promise.all([this.#outcome.promise, this.#begin()]);
    return result;
  }
}

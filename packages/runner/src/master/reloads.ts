import { deferred, type ReloadResult, type TroupePromise } from '@troupe/ipc';
import { RunnerError } from '../errors.ts';
import type { Effect } from '../supervisor/state.ts';

type Ended = Extract<Effect, { type: 'reloaded' | 'reload-failed' }>;

/**
 * Who waits for which reload. One that is asked for while another runs follows it; all who ask meanwhile share that one.
 */
export class Reloads {
  #running: ReturnType<typeof deferred<ReloadResult>> | undefined;
  #next: ReturnType<typeof deferred<ReloadResult>> | undefined;

  /** The reload that will pick up what is on the disk now. */
  request(): TroupePromise<ReloadResult> {
    this.#next ??= deferred<ReloadResult>();
    return this.#next.promise;
  }

  begun(): void {
    this.#running = this.#next;
    this.#next = undefined;
  }

  ended(effect: Ended, pidOf: (id: number) => number | undefined): void {
    const { generation } = effect;
    if (effect.type === 'reloaded') {
      this.#running?.resolve({ generation, skipped: effect.skipped.flatMap(id => pidOf(id) ?? []) });
    } else {
      this.#running?.reject(
        new RunnerError('TROUPE_ERR_RELOAD_FAILED', `generation ${generation} was rolled back: ${effect.problem}`),
      );
    }
    this.#running = undefined;
  }

  /** The cluster stops: no reload will come any more. */
  abandon(): void {
    const error = new RunnerError('TROUPE_ERR_RELOAD_FAILED', 'the cluster stops, and reloads no more');
    this.#running?.reject(error);
    this.#next?.reject(error);
    this.#running = undefined;
    this.#next = undefined;
  }
}

import type { MetricFamily } from '@troupe/ipc';
import { Merge } from './merge.ts';

/**
 * What the workers of a cluster have told, those that live and those that have died: what the dead had counted stays, so
 * that no counter of the cluster ever falls.
 */
export class Ledger {
  readonly #living = new Map<number, Map<string, MetricFamily>>();
  readonly #dead = new Merge();

  /** Each family takes the place of what this worker told of it before. */
  report(pid: number, families: readonly MetricFamily[]): void {
    const known = this.#living.get(pid) ?? new Map<string, MetricFamily>();
    for (const family of families) known.set(family.name, family);
    this.#living.set(pid, known);
  }

  /** A worker has died. */
  left(pid: number): void {
    const families = [...(this.#living.get(pid)?.values() ?? [])];
    this.#living.delete(pid);
    this.#dead.add(families.filter(({ type }) => type !== 'gauge'));
  }

  /**
   * What is to be merged: what is known of the dead, and the families of each that lives. Nothing that is told later changes
   * it.
   */
  snapshot(): { dead: Merge; living: MetricFamily[][] } {
    const living = Array.from(this.#living.values(), families => [...families.values()]);
    return { dead: this.#dead.copy(), living };
  }
}

import type { ExitKind } from './exit-kind.ts';

/** How many workers have ended, by why, since the master started. */
export class ExitCounts {
  readonly #counts = new Map<ExitKind, number>();

  add(kind: ExitKind): void {
    this.#counts.set(kind, this.of(kind) + 1);
  }

  of(kind: ExitKind): number {
    return this.#counts.get(kind) ?? 0;
  }
}

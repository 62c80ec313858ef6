import type { HistoryView } from '../view.ts';
import type { History } from './history.ts';
import type { Source } from './source.ts';

/** The last 15 minutes; see {@link History}. */
export class ChartsSource implements Source<HistoryView, HistoryView> {
  readonly #history: History;

  constructor(history: History) {
    this.#history = history;
  }

  async look(): Promise<HistoryView | undefined> {
    return this.#history.changes(Date.now());
  }

  whole(): HistoryView {
    return this.#history.whole(Date.now());
  }
}

import type { WorkerView } from '../../src/view.ts';
import { debugFresh } from '../debug-fresh.ts';
import { h } from '../dom.ts';
import type { Act } from '../operate.ts';
import { type State, serverTime } from '../store.ts';
import { ProcessRow } from './process-row.ts';
import { actionsFor, WorkerMenu } from './worker-menu.ts';
import { COLUMNS, WorkerRow } from './worker-row.ts';

/** One row for each worker, live, and for the master and the cache manager below them. */
export class Workers {
  readonly #body = h('tbody', {});
  readonly #master = new ProcessRow('master');
  readonly #cacheManager = new ProcessRow('cache manager');
  readonly #fresh = h(
    'button',
    { type: 'button', class: 'btn btn-sm btn-outline-secondary', onclick: () => void debugFresh() },
    'Debug a fresh one …',
  );
  readonly #rows = new Map<number, WorkerRow>();
  readonly #menu: WorkerMenu;
  #state: State | undefined;

  constructor(root: HTMLElement, act: Act) {
    this.#menu = new WorkerMenu(act);
    root.append(
      h('div', { class: 'section-head' }, h('h2', {}, 'Workers'), this.#fresh),
      h(
        'div',
        { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Workers' },
        h(
          'table',
          { class: 'workers' },
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', { scope: 'col' }, 'Worker'),
              ...COLUMNS.map(({ label, title }) => h('th', { scope: 'col', title }, label)),
            ),
          ),
          this.#body,
          h('tbody', {}, this.#cacheManager.element, this.#master.element),
        ),
      ),
    );
  }

  update(state: State): void {
    this.#state = state;
    const { cluster } = state;
    this.#fresh.hidden = state.hello?.access !== 'debug';
    if (cluster === null) return;
    const now = serverTime(state, Date.now());
    const { workers, cluster: master, cacheManager } = cluster;
    this.#master.update(master, now);
    this.#cacheManager.update(cacheManager, now);
    const alive = new Set(workers.map(({ pid }) => pid));
    for (const [pid, row] of this.#rows) if (!alive.has(pid)) this.#remove(pid, row);
    for (const worker of workers) this.#row(worker).update(worker, now);
  }

  #row({ pid }: WorkerView): WorkerRow {
    const known = this.#rows.get(pid);
    if (known) return known;
    const row = new WorkerRow(pid);
    this.#rows.set(pid, row);
    this.#menu.attach(row, () => this.#actions(pid));
    this.#body.append(row.element);
    return row;
  }

  #remove(pid: number, row: WorkerRow): void {
    this.#menu.closeFor(row);
    row.element.remove();
    this.#rows.delete(pid);
  }

  #actions(pid: number) {
    const worker = this.#state?.cluster?.workers.find(worker => worker.pid === pid);
    return worker ? actionsFor(worker, this.#state?.hello?.access) : [];
  }
}

import type { HistoryView } from '../../src/view.ts';
import { h } from '../dom.ts';
import type { State } from '../store.ts';
import { Chart, type Line } from './chart.ts';
import { CHARTS, type ChartKind, rowsOfEach, rowsTogether } from './chart-kinds.ts';

/** Hues of neighbours lie far apart, however many there are: the golden angle. */
const hue = (index: number): number => Math.round((index * 137.5 + 220) % 360);

/** The last 15 minutes, of all workers together or of each. */
export class Charts {
  readonly #grid = h('div', { class: 'charts' });
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  #each = false;
  #shown: HistoryView | null = null;
  #lines = '';
  #charts: { kind: ChartKind; chart: Chart }[] = [];

  constructor(root: HTMLElement) {
    const choice = (label: string, each: boolean) =>
      h(
        'label',
        {},
        h('input', { type: 'radio', name: 'charts', checked: !each, onchange: () => this.#choose(each) }),
        ` ${label}`,
      );
    root.append(
      h(
        'fieldset',
        { class: 'chart-bar' },
        h('legend', {}, 'The last 15 minutes'),
        choice('All workers together', false),
        choice('Each worker', true),
      ),
      this.#grid,
    );
    this.#dark.addEventListener('change', () => this.#rebuild());
    new ResizeObserver(() => {
      for (const { chart } of this.#charts) chart.resize();
    }).observe(this.#grid);
  }

  update({ charts }: State): void {
    if (charts === null || charts === this.#shown) return;
    this.#shown = charts;
    if (this.#each && charts.workers.map(({ pid }) => pid).join() !== this.#lines) this.#rebuild();
    else if (this.#charts.length === 0) this.#rebuild();
    else for (const { kind, chart } of this.#charts) chart.update(charts, this.#rows(kind, charts));
  }

  #choose(each: boolean): void {
    this.#each = each;
    this.#rebuild();
  }

  #rebuild(): void {
    const view = this.#shown;
    if (view === null) return;
    for (const { chart } of this.#charts) chart.destroy();
    this.#lines = this.#each ? view.workers.map(({ pid }) => pid).join() : '';
    this.#charts = CHARTS.map(kind => {
      const lines = this.#each ? this.#workerLines(view) : linesTogether(kind);
      return { kind, chart: new Chart(kind, lines, this.#each) };
    });
    this.#grid.replaceChildren(...this.#charts.map(({ chart }) => chart.element));
    for (const { kind, chart } of this.#charts) chart.draw(view, this.#rows(kind, view));
  }

  #workerLines({ workers }: HistoryView): Line[] {
    const lightness = this.#dark.matches ? 65 : 42;
    return workers.map(({ pid }, index) => ({ name: String(pid), color: `hsl(${hue(index)} 65% ${lightness}%)` }));
  }

  #rows(kind: ChartKind, view: HistoryView): (number | null)[][] {
    return this.#each ? rowsOfEach(kind, view) : rowsTogether(kind, view);
  }
}

/** The further up, the more it matters. */
const COLORS = ['var(--accent)', 'var(--warn)', 'var(--bad)'];

function linesTogether({ metrics }: ChartKind): Line[] {
  return metrics.map((metric, index) => ({
    name: metrics.length === 1 ? '' : metric,
    color: COLORS[index] ?? 'var(--accent)',
  }));
}

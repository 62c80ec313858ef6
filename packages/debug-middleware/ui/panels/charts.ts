import uPlot from 'uplot';
import { type HistoryView, METRICS, type Metric } from '../../src/view.ts';
import { h } from '../dom.ts';
import { bytes, milliseconds, number } from '../format.ts';
import type { State } from '../store.ts';

const CHARTS: Record<Metric, { title: string; together: string; format: (value: number) => string }> = {
  tps: { title: 'Requests per second', together: 'sum', format: number },
  latency: { title: 'Latency', together: 'mean', format: milliseconds },
  errors: { title: 'Errors per second', together: 'sum', format: number },
  cpu: { title: 'CPU, % of one core', together: 'sum', format: value => `${number(value)} %` },
  memory: { title: 'Memory', together: 'sum', format: bytes },
  heap: { title: 'Heap', together: 'sum', format: bytes },
  delay: { title: 'Event-loop delay, 99th percentile', together: 'worst', format: milliseconds },
  connections: { title: 'Open connections', together: 'sum', format: number },
};
const HEIGHT = 180;
/** Hues of neighbours lie far apart, however many there are: the golden angle. */
const hue = (index: number): number => Math.round((index * 137.5 + 220) % 360);

/** The last 15 minutes, of all workers together or of each. */
export class Charts {
  readonly #grid = h('div', { class: 'charts' });
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  #each = false;
  #shown: HistoryView | null = null;
  #series = '';
  #plots: { plot: uPlot; metric: number }[] = [];

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
    new ResizeObserver(() => this.#resize()).observe(this.#grid);
  }

  update({ charts }: State): void {
    if (charts === null || charts === this.#shown) return;
    this.#shown = charts;
    const series = this.#each ? charts.workers.map(({ pid }) => pid).join() : 'total';
    if (series !== this.#series) this.#rebuild();
    else for (const { plot, metric } of this.#plots) plot.setData(this.#data(charts, metric));
  }

  #choose(each: boolean): void {
    this.#each = each;
    this.#rebuild();
  }

  #rebuild(): void {
    const charts = this.#shown;
    if (charts === null) return;
    for (const { plot } of this.#plots) plot.destroy();
    this.#series = this.#each ? charts.workers.map(({ pid }) => pid).join() : 'total';
    const figures = METRICS.map(({ name }) => {
      const { title, together } = CHARTS[name];
      const place = h('div', { role: 'img', 'aria-label': `Chart: ${title}` });
      const caption = h('figcaption', {}, title, !this.#each && h('small', {}, ` (${together})`));
      return { figure: h('figure', { class: 'chart' }, caption, place), place };
    });
    this.#grid.replaceChildren(...figures.map(({ figure }) => figure));
    this.#plots = METRICS.flatMap(({ name }, metric) => {
      const place = figures[metric]?.place;
      return place ? [{ metric, plot: this.#plot(place, name, this.#data(charts, metric)) }] : [];
    });
  }

  #plot(place: HTMLElement, name: Metric, data: uPlot.AlignedData): uPlot {
    const { format } = CHARTS[name];
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue('--ink-soft');
    const grid = { stroke: style.getPropertyValue('--line'), width: 1 };
    const accent = style.getPropertyValue('--accent');
    const axis = { stroke: ink, grid, ticks: grid, font: '11px system-ui' };
    const options: uPlot.Options = {
      width: place.clientWidth || 320,
      height: HEIGHT,
      cursor: { sync: { key: 'charts' }, y: false },
      legend: { live: true, show: data.length <= 7 },
      scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
      axes: [
        {
          ...axis,
          values: (_plot, times) => times.map(time => new Date(time * 1_000).toLocaleTimeString('en-GB').slice(0, 5)),
        },
        { ...axis, size: 64, values: (_plot, values) => values.map(format) },
      ],
      series: [
        {
          label: 'Time',
          value: (_plot, time) => (time === null ? '' : new Date(time * 1_000).toLocaleTimeString('en-GB')),
        },
        ...this.#labels().map((label, index) => ({
          label,
          stroke: this.#each ? `hsl(${hue(index)} 65% ${this.#dark.matches ? 65 : 42}%)` : accent,
          width: 1.5,
          points: { show: false },
          ...(!this.#each && { fill: `color-mix(in srgb, ${accent} 14%, transparent)` }),
          value: (_plot: uPlot, value: number | null) => (value === null ? '–' : format(value)),
        })),
      ],
    };
    return new uPlot(options, data, place);
  }

  #labels(): string[] {
    return this.#each ? (this.#shown?.workers ?? []).map(({ pid }) => String(pid)) : ['All'];
  }

  #data({ first, step, total, workers }: HistoryView, metric: number): uPlot.AlignedData {
    const rows = this.#each ? workers.map(({ rows }) => rows[metric] ?? []) : [total[metric] ?? []];
    const times = (total[0] ?? []).map((_, index) => (first + index * step) / 1_000);
    return [times, ...rows];
  }

  #resize(): void {
    for (const { plot } of this.#plots) {
      const width = plot.root.parentElement?.clientWidth ?? 0;
      if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
    }
  }
}

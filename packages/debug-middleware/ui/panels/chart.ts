import uPlot from 'uplot';
import type { HistoryView } from '../../src/view.ts';
import { h, setText } from '../dom.ts';
import { timeOfDay } from '../format.ts';
import type { ChartKind } from './chart-kinds.ts';

const HEIGHT = 190;
/** A cluster that has just begun is not shown as a corner of an empty chart; s. */
const SHORTEST = 120;
/** Steps of an axis that counts bytes: powers of two, from 1 kB to 8 TB. */
const BINARY = Array.from({ length: 34 }, (_, power) => 2 ** (power + 10));
/** Steps of the axis of time, s: a label is a minute. */
const MINUTES = [60, 120, 180, 300];
/** How near the pointer has to be to a line to mean it, px. */
const NEAR = 30;
/** So many lines are all written beside the title. */
const FEW = 3;

export interface Line {
  /** Empty for a line that stands alone. */
  name: string;
  /** Of CSS; custom properties are looked up. */
  color: string;
}

/** One thing over time. What the pointer is at, or else the latest, is written beside its title. */
export class Chart {
  readonly element: HTMLElement;
  readonly #place: HTMLElement;
  readonly #readout = h('span', { class: 'chart-readout' });
  readonly #kind: ChartKind;
  readonly #lines: readonly Line[];
  #plot: uPlot | undefined;

  constructor(kind: ChartKind, lines: readonly Line[], each: boolean) {
    const { title, together } = kind;
    const note = each ? kind.each?.note : together;
    this.#kind = kind;
    this.#lines = lines;
    this.#place = h('div', { role: 'img', 'aria-label': `Chart: ${title}` });
    const caption = h('figcaption', {}, h('span', {}, title, note && h('small', {}, ` (${note})`)), this.#readout);
    this.element = h('figure', { class: 'chart' }, caption, this.#place);
  }

  /** To be called when the element is in the document: how wide it is depends on that. */
  draw(view: HistoryView, rows: (number | null)[][]): void {
    this.#plot = new uPlot(this.#options(), dataOf(view, rows), this.#place);
    this.#tell();
  }

  update(view: HistoryView, rows: (number | null)[][]): void {
    this.#plot?.setData(dataOf(view, rows));
    this.#tell();
  }

  resize(): void {
    const width = this.#place.clientWidth;
    if (width > 0 && width !== this.#plot?.width) this.#plot?.setSize({ width, height: HEIGHT });
  }

  destroy(): void {
    this.#plot?.destroy();
  }

  #options(): uPlot.Options {
    const { format, countsBytes = false } = this.#kind;
    const grid = { stroke: colorOf('var(--line)'), width: 1 };
    const axis = { stroke: colorOf('var(--ink-soft)'), grid, ticks: grid, font: '11px system-ui' };
    return {
      width: this.#place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { sync: { key: 'charts' }, y: false, focus: { prox: NEAR } },
      focus: { alpha: 0.25 },
      scales: {
        x: { range: plot => visible(plot.data) },
        y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
      },
      axes: [
        {
          ...axis,
          size: 30,
          incrs: MINUTES,
          values: (_plot, times) => times.map(time => timeOfDay(time * 1_000).slice(0, 5)),
        },
        { ...axis, size: 64, values: (_plot, values) => values.map(format), ...(countsBytes && { incrs: BINARY }) },
      ],
      series: [{}, ...this.#lines.map(({ color }) => this.#series(colorOf(color)))],
      hooks: { setCursor: [() => this.#tell()], setSeries: [() => this.#tell()] },
    };
  }

  #series(color: string): uPlot.Series {
    const isAlone = this.#lines.length === 1;
    const fill = `color-mix(in srgb, ${color} 14%, transparent)`;
    return { stroke: color, width: 1.5, points: { show: false }, ...(isAlone && { fill }) };
  }

  #tell(): void {
    const { cursor, data, series } = this.#plot ?? {};
    if (!data || !series) return;
    const focused = series.findIndex((each, index) => index > 0 && '_focus' in each && each._focus === true);
    const told =
      this.#lines.length <= FEW ? this.#lines.map((_, index) => index + 1) : [focused].filter(line => line > 0);
    const at = cursor?.idx ?? data[0].length - 1;
    const texts = told.map(line => {
      const { name } = this.#lines[line - 1] ?? {};
      const value = data[line]?.[at] ?? (cursor?.idx == null ? data[line]?.[at - 1] : null);
      return `${name ? `${name} ` : ''}${typeof value === 'number' ? this.#kind.format(value) : '–'}`;
    });
    const when = cursor?.idx == null || texts.length === 0 ? '' : ` at ${timeOfDay((data[0][at] ?? 0) * 1_000)}`;
    setText(this.#readout, texts.join(', ') + when);
  }
}

function dataOf({ first, step, total }: HistoryView, rows: (number | null)[][]): uPlot.AlignedData {
  const times = (total[0] ?? []).map((_, index) => (first + index * step) / 1_000);
  return [times, ...rows];
}

/** From the first time of which something is known. */
function visible([times, ...rows]: uPlot.AlignedData): [number, number] {
  const known = times.findIndex((_, index) => rows.some(row => typeof row[index] === 'number'));
  const end = times.at(-1) ?? 0;
  return [Math.min(times[Math.max(0, known)] ?? end, end - SHORTEST), end];
}

/** What a canvas can draw with. */
function colorOf(css: string): string {
  const [, property] = /^var\((.+)\)$/.exec(css) ?? [];
  return property === undefined ? css : getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}

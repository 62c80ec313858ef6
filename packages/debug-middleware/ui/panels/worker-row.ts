import type { WorkerView } from '../../src/view.ts';
import { debuggingOf } from '../debugging-of.ts';
import { h, setAttribute, setText } from '../dom.ts';
import { bytes, duration, milliseconds, number, percent, times } from '../format.ts';
import { Sparkline } from '../sparkline.ts';

/** What a column is called, and what it says of a worker. */
export const COLUMNS: readonly { label: string; title: string; text: (worker: WorkerView, now: number) => string }[] = [
  { label: 'State', title: 'Where it is in its life', text: ({ state }) => state },
  { label: 'Age', title: 'Since it was forked', text: ({ since }, now) => duration(now - since) },
  { label: 'Gen.', title: 'The reload that it came with', text: ({ generation }) => String(generation) },
  { label: 'Req/s', title: 'Requests per second', text: ({ beat }) => (beat ? number(beat.tps) : '–') },
  {
    label: 'Latency',
    title: 'Time to answer: median, 95th and 99th percentile',
    text: ({ beat }) =>
      beat && beat.transactions > 0 ? times(beat.latency.p50, beat.latency.p95, beat.latency.p99) : '–',
  },
  { label: 'CPU', title: '% of one core', text: ({ beat }) => (beat ? `${number(beat.cpu)} %` : '–') },
  { label: 'Memory', title: 'Resident set', text: ({ beat }) => (beat ? bytes(beat.memory) : '–') },
  {
    label: 'Heap',
    title: 'Of the limit at which V8 gives up',
    text: ({ beat }) => (beat ? `${bytes(beat.heap.used)} (${percent(beat.heap.used / beat.heap.limit)})` : '–'),
  },
  {
    label: 'Delay',
    title: 'How late timers are: 99th percentile of the event-loop delay',
    text: ({ beat }) => (beat ? milliseconds(beat.eventLoop.p99) : '–'),
  },
  {
    label: 'GC',
    title: 'Pauses for garbage collection, per second',
    text: ({ beat }) => (beat && beat.cycle > 0 ? `${milliseconds((beat.gc.pauseMS * 1_000) / beat.cycle)}` : '–'),
  },
  { label: 'Conn.', title: 'Open connections', text: ({ beat }) => (beat ? number(beat.aliveConnections) : '–') },
  {
    label: 'Errors',
    title: 'Of the last beat: responses with 5xx, and uncaught errors',
    text: ({ beat }) => (beat ? number(beat.error.count + beat.error.fatal) : '–'),
  },
];

const STATE_COLUMN = COLUMNS.findIndex(({ label }) => label === 'State');
const TREND_COLUMN = COLUMNS.findIndex(({ label }) => label === 'Req/s');

/** One worker's row. Only what differs is written. */
export class WorkerRow {
  readonly element: HTMLTableRowElement;
  readonly name: HTMLButtonElement;
  readonly host: HTMLElement;
  readonly #cells: HTMLElement[];
  readonly #trend = new Sparkline();
  readonly #debugging = h('small', { class: 'debugging', hidden: true });

  constructor(pid: number) {
    this.name = h(
      'button',
      { type: 'button', class: 'pid', 'aria-haspopup': 'menu', 'aria-expanded': 'false' },
      String(pid),
    );
    this.host = h('th', { scope: 'row', class: 'pid-cell' }, this.name);
    this.#cells = COLUMNS.map(() => h('span', {}));
    const cells = this.#cells.map((cell, index) =>
      h(
        'td',
        { 'data-label': COLUMNS[index]?.label },
        index === TREND_COLUMN && this.#trend.element,
        cell,
        index === STATE_COLUMN && this.#debugging,
      ),
    );
    this.element = h('tr', { 'data-pid': pid }, this.host, ...cells);
  }

  update(worker: WorkerView, now: number): void {
    setAttribute(this.element, 'data-state', worker.state);
    for (const [index, { text }] of COLUMNS.entries()) {
      const cell = this.#cells[index];
      if (cell) setText(cell, text(worker, now));
    }
    this.#trend.update(worker.trend);
    this.#debugging.hidden = worker.lease === undefined;
    if (worker.lease) setText(this.#debugging, debuggingOf(worker.lease, now));
  }
}

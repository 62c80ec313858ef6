import type { ProcessReport } from '@troupe/ipc';
import { h, setText } from '../dom.ts';
import { bytes, duration } from '../format.ts';
import { COLUMNS } from './worker-row.ts';

/** The row of a process of the cluster that is no worker: it has less to say. */
export class ProcessRow {
  readonly element: HTMLTableRowElement;
  readonly #name = h('th', { scope: 'row', class: 'pid-cell' });
  readonly #cells = new Map<string, HTMLElement>();
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
    const cells = COLUMNS.map(({ label }) => {
      const cell = h('td', { 'data-label': label });
      this.#cells.set(label, cell);
      return cell;
    });
    this.element = h('tr', { class: 'other', hidden: true }, this.#name, ...cells);
  }

  update(process: ProcessReport | null, now: number): void {
    this.element.hidden = !process;
    if (!process) return;
    setText(this.#name, String(process.pid));
    const texts = { State: this.#what, Age: duration(now - process.since), Memory: bytes(process.memory) };
    for (const [label, text] of Object.entries(texts)) {
      const cell = this.#cells.get(label);
      if (cell) setText(cell, text);
    }
  }
}

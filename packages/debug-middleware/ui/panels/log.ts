import type { LogLine } from '@troupe/ipc';
import { h, setText } from '../dom.ts';
import { plural, timeOfDay } from '../format.ts';
import { MAX_LINES, type State } from '../store.ts';

const LEVELS: readonly LogLine['level'][] = ['debug', 'info', 'warn', 'error'];

/** What is shown of the log. */
export interface Filter {
  level: LogLine['level'];
  pid: number | null;
  text: string;
}

/** Lines of the master about a worker are that worker's, too. */
export function fits({ level, pid, worker, text, details = '' }: LogLine, filter: Filter): boolean {
  if (LEVELS.indexOf(level) < LEVELS.indexOf(filter.level)) return false;
  if (filter.pid !== null && pid !== filter.pid && worker !== filter.pid) return false;
  return filter.text === '' || `${text}\n${details}`.toLowerCase().includes(filter.text.toLowerCase());
}

/** The log of every process of the cluster, as it is written. */
export class Log {
  readonly #list = h('ol', {});
  readonly #scroller = h(
    'div',
    { class: 'log-lines', tabindex: 0, role: 'log', 'aria-live': 'off', 'aria-label': 'Log lines' },
    this.#list,
  );
  readonly #level: HTMLSelectElement;
  readonly #pid: HTMLSelectElement;
  readonly #text: HTMLInputElement;
  readonly #pause: HTMLButtonElement;
  readonly #count = h('p', { class: 'log-count', role: 'status' });
  #lines: readonly LogLine[] = [];
  #shown: readonly LogLine[] = [];
  /** The last line there was when somebody paused; undefined while it goes on. */
  #pausedAt: LogLine | undefined;

  constructor(root: HTMLElement) {
    const oninput = () => this.#rewrite();
    this.#level = h(
      'select',
      { class: 'form-select form-select-sm', oninput },
      ...LEVELS.map(level => h('option', { selected: level === 'info' }, level)),
    );
    this.#pid = h('select', { class: 'form-select form-select-sm', oninput }, h('option', { value: '' }, 'all'));
    this.#text = h('input', { class: 'form-control form-control-sm', type: 'search', oninput });
    const onclick = () => this.#toggle();
    this.#pause = h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary', onclick }, 'Pause');
    root.append(
      h(
        'div',
        { class: 'log-bar' },
        h('label', {}, 'From level ', this.#level),
        h('label', {}, 'Process ', this.#pid),
        h('label', { class: 'log-search' }, 'Contains ', this.#text),
        this.#pause,
        this.#count,
      ),
      this.#scroller,
    );
  }

  update({ log }: State): void {
    if (log === this.#lines) return;
    this.#lines = log;
    this.#offerProcesses();
    if (!this.#pausedAt) this.#show();
    this.#tell();
  }

  /** Adds what is new at the end; everything anew when that is not how it came. */
  #show(): void {
    const lines = this.#lines.filter(line => fits(line, this.#filter));
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    const atEnd = scrollTop + clientHeight >= scrollHeight - 8;
    const last = this.#shown.at(-1);
    const known = last === undefined ? -1 : lines.lastIndexOf(last);
    const fresh = lines.slice(known + 1);
    if (known < 0) this.#list.replaceChildren(...fresh.map(toItem));
    else this.#list.append(...fresh.map(toItem));
    while (this.#list.childElementCount > MAX_LINES) this.#list.firstElementChild?.remove();
    this.#shown = lines;
    if (atEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #rewrite(): void {
    this.#shown = [];
    this.#list.replaceChildren();
    this.#show();
    this.#tell();
  }

  #toggle(): void {
    this.#pausedAt = this.#pausedAt ? undefined : this.#lines.at(-1);
    setText(this.#pause, this.#pausedAt ? 'Go on' : 'Pause');
    if (!this.#pausedAt) this.#show();
    this.#tell();
  }

  #tell(): void {
    const waiting = this.#pausedAt === undefined ? 0 : this.#lines.length - 1 - this.#lines.lastIndexOf(this.#pausedAt);
    setText(
      this.#count,
      `${plural(this.#shown.length, 'line')}${waiting > 0 ? `, ${waiting} more since the pause` : ''}`,
    );
  }

  #offerProcesses(): void {
    const offered = new Set([...this.#pid.options].map(({ value }) => value));
    for (const pid of this.#lines.flatMap(({ pid, worker }) => (worker === undefined ? [pid] : [pid, worker]))) {
      if (offered.has(String(pid))) continue;
      offered.add(String(pid));
      this.#pid.append(h('option', { value: pid }, String(pid)));
    }
  }

  get #filter(): Filter {
    const level = LEVELS.find(level => level === this.#level.value) ?? 'info';
    return { level, pid: this.#pid.value === '' ? null : Number(this.#pid.value), text: this.#text.value };
  }
}

function toItem({ at, pid, level, text, details }: LogLine): HTMLElement {
  return h(
    'li',
    { class: `log-line log-${level}` },
    h('time', { datetime: new Date(at).toISOString() }, timeOfDay(at)),
    h('span', { class: 'log-level' }, level),
    h('span', { class: 'log-pid' }, String(pid)),
    details === undefined
      ? h('span', { class: 'log-text' }, text)
      : h('details', { class: 'log-text' }, h('summary', {}, text), h('pre', { tabindex: 0 }, details)),
  );
}

import type { StatusEntryView, StatusView } from '../../src/view.ts';
import { h } from '../dom.ts';
import { number } from '../format.ts';
import type { State } from '../store.ts';

/** What the processes tell of themselves: each status per process, and reduced where it is a number. */
export class Statuses {
  readonly #list = h('div', { class: 'statuses' });
  readonly #search: HTMLInputElement;
  #statuses: readonly StatusView[] | null = null;

  constructor(root: HTMLElement) {
    this.#search = h('input', {
      class: 'form-control form-control-sm',
      type: 'search',
      oninput: () => this.#show(this.#statuses ?? []),
    });
    root.append(
      h(
        'div',
        { class: 'section-head' },
        h('h2', {}, 'Statuses'),
        h('label', { class: 'search' }, 'Name contains ', this.#search),
      ),
      this.#list,
    );
  }

  update({ statuses }: State): void {
    if (statuses === null || statuses === this.#statuses) return;
    this.#statuses = statuses;
    this.#show(statuses);
  }

  #show(statuses: readonly StatusView[]): void {
    const wanted = this.#search.value.toLowerCase();
    const shown = statuses.filter(({ name }) => name.toLowerCase().includes(wanted));
    this.#list.replaceChildren(...(shown.length === 0 ? [nothing(statuses.length)] : shown.map(toCard)));
  }
}

const nothing = (registered: number): HTMLElement =>
  registered > 0
    ? h('p', { class: 'empty' }, 'No status has such a name.')
    : h(
        'p',
        { class: 'empty' },
        'No status is registered. An application registers one with ',
        h('code', {}, "register('name', () => value)"),
        ' of ',
        h('code', {}, '@troupe/runner/status'),
        '.',
      );

function toCard({ name, entries }: StatusView): HTMLElement {
  return h(
    'article',
    { class: 'card-panel status', 'aria-label': name },
    h('h3', {}, name),
    h('p', { class: 'status-reduced' }, reduced(entries)),
    h('dl', {}, ...entries.map(toEntry)),
  );
}

function toEntry({ pid, value, error }: StatusEntryView): HTMLElement {
  const text = typeof value === 'number' ? number(value) : (value ?? '');
  return h(
    'div',
    { class: 'status-entry' },
    h('dt', {}, String(pid)),
    error === undefined ? h('dd', {}, text) : h('dd', { class: 'status-error' }, error),
  );
}

/** The same reducers that `getStatus` has, where they mean something. */
export function reduced(entries: readonly StatusEntryView[]): string {
  const numbers = entries.flatMap(({ value }) => (typeof value === 'number' ? [value] : []));
  const answered = entries.filter(({ error }) => error === undefined).length;
  if (numbers.length === 0 || numbers.length < answered)
    return entries.length === 1 ? '1 process' : `${entries.length} processes`;
  const sum = numbers.reduce((total, value) => total + value, 0);
  const figures = { sum, avg: sum / numbers.length, min: Math.min(...numbers), max: Math.max(...numbers) };
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${number(value)}`)
    .join(' · ');
}

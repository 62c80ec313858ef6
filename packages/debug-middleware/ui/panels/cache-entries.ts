import type { CacheEntry } from '@troupe/ipc';
import type { Action, Answer, EntriesPage, EntriesPlace, EntriesQuery } from '../../src/view.ts';
import { h } from '../dom.ts';
import { duration } from '../format.ts';
import { notify } from '../notice.ts';

export interface EntriesActions {
  find(query: EntriesQuery): Promise<Answer<EntriesPage>>;
  /** Resolves with whether it was done. */
  act(action: Action): Promise<boolean>;
}

/** The entries of one cache, page by page: to be searched, read and deleted. */
export class CacheEntries {
  readonly element: HTMLElement;
  readonly #title = h('h2', {});
  readonly #search = h('input', {
    class: 'form-control form-control-sm',
    type: 'search',
    'aria-label': 'Key contains',
  });
  readonly #body = h('tbody', {});
  readonly #note = h('p', { class: 'empty', role: 'status' });
  readonly #more = h(
    'button',
    { type: 'button', class: 'btn btn-sm btn-outline-secondary', hidden: true, onclick: () => void this.#load() },
    'More',
  );
  readonly #actions: EntriesActions;
  #cache = '';
  #next: EntriesPlace | undefined;

  constructor(actions: EntriesActions) {
    this.#actions = actions;
    const onsubmit = (event: Event) => {
      event.preventDefault();
      void this.show(this.#cache, this.#search.value);
    };
    this.element = h(
      'div',
      { class: 'card-panel cache-entries', hidden: true },
      h(
        'div',
        { class: 'section-head' },
        this.#title,
        h(
          'form',
          { class: 'search', role: 'search', onsubmit },
          'Key contains ',
          this.#search,
          h('button', { class: 'btn btn-sm btn-outline-primary' }, 'Search'),
        ),
      ),
      h(
        'table',
        { class: 'data entries' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ...['Key', 'Value', 'Expires', ''].map(label => h('th', { scope: 'col' }, label || hidden('Delete'))),
          ),
        ),
        this.#body,
      ),
      this.#note,
      this.#more,
    );
  }

  /** Shows the first page of what is asked for. */
  async show(cache: string, contains = ''): Promise<void> {
    this.#cache = cache;
    this.#next = undefined;
    this.#search.value = contains;
    this.#title.textContent = `Entries of ${cache}`;
    this.#body.replaceChildren();
    this.element.hidden = false;
    await this.#load();
    this.element.scrollIntoView({ block: 'nearest' });
  }

  async #load(): Promise<void> {
    const query: EntriesQuery = { type: 'entries', cache: this.#cache, contains: this.#search.value, from: this.#next };
    const answer = await this.#actions.find(query);
    if (!answer.done) return notify('bad', answer.message);
    if (query.cache !== this.#cache) return;
    const { entries, next } = answer.result;
    this.#next = next;
    this.#body.append(...entries.map(entry => this.#row(entry)));
    this.#more.hidden = next === undefined;
    this.#note.textContent = this.#body.childElementCount > 0 ? '' : 'No key contains that.';
  }

  #row({ key, value, expire }: CacheEntry): HTMLElement {
    const remove = async () => {
      if (await this.#actions.act({ type: 'forget', cache: this.#cache, key })) row.remove();
    };
    const row = h(
      'tr',
      {},
      h('th', { scope: 'row' }, key),
      h('td', {}, h('pre', { tabindex: 0 }, value)),
      h('td', {}, expire === 0 ? 'never' : `in ${duration(expire)}`),
      h(
        'td',
        {},
        h(
          'button',
          {
            type: 'button',
            class: 'btn btn-sm btn-outline-danger',
            'aria-label': `Delete ${key}`,
            onclick: () => void remove(),
          },
          'Delete …',
        ),
      ),
    );
    return row;
  }
}

const hidden = (text: string): HTMLElement => h('span', { class: 'visually-hidden' }, text);

import type { CacheSummary } from '@troupe/ipc';
import { h } from '../dom.ts';
import { bytes, number, percent } from '../format.ts';
import { mayOperate } from '../operate.ts';
import type { State } from '../store.ts';
import { CacheEntries, type EntriesActions } from './cache-entries.ts';

const COLUMNS: readonly { label: string; title: string; text: (cache: CacheSummary) => string }[] = [
  { label: 'Entries', title: 'Keys in the cache manager', text: ({ entries }) => number(entries) },
  { label: 'Size', title: 'What they take there', text: cache => bytes(cache.bytes) },
  { label: 'Hit rate', title: 'Reads that found something', text: hitRate },
  { label: 'Near', title: 'Hits that were answered by the process itself', text: nearRate },
  { label: 'Loads', title: 'Values that were loaded', text: ({ loads }) => number(loads) },
  { label: 'Shared', title: 'Reads that waited for the load of somebody else', text: cache => number(cache.coalesced) },
  { label: 'Failed', title: 'Loads that failed', text: ({ errors }) => number(errors) },
  { label: 'Evicted', title: 'Entries that had to make room', text: ({ evictions }) => number(evictions) },
  { label: 'Expired', title: 'Entries whose time was over', text: ({ expiries }) => number(expiries) },
  { label: 'Processes', title: 'Processes that use it', text: ({ processes }) => number(processes.length) },
  { label: 'Persists', title: 'Whether it survives a restart', text: ({ persist }) => (persist ? 'yes' : 'no') },
];

/** Every cache, and the entries of the one that was chosen. */
export class Caches {
  readonly #list = h('div', {});
  readonly #entries: CacheEntries;
  #caches: readonly CacheSummary[] | null | undefined;
  #operates = false;

  constructor(root: HTMLElement, actions: EntriesActions) {
    this.#entries = new CacheEntries(actions);
    root.append(h('div', { class: 'card-panel' }, h('h2', {}, 'Caches'), this.#list), this.#entries.element);
  }

  update({ caches, hello }: State): void {
    const operates = mayOperate(hello?.access);
    if (caches === undefined || (caches === this.#caches && operates === this.#operates)) return;
    this.#caches = caches;
    this.#operates = operates;
    const focused = document.activeElement?.getAttribute('data-cache');
    this.#list.replaceChildren(this.#content(caches));
    if (focused !== null) {
      const buttons = [...this.#list.querySelectorAll<HTMLElement>('[data-cache]')];
      buttons.find(button => button.dataset.cache === focused)?.focus();
    }
  }

  #content(caches: readonly CacheSummary[] | null): HTMLElement {
    if (caches === null) return h('p', { class: 'empty' }, 'This cluster has no cache: it is switched off.');
    if (caches.length === 0) {
      return h('p', { class: 'empty' }, 'No cache is in use. ', h('code', {}, "use('name')"), ' begins one.');
    }
    return h(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'All caches' },
      h(
        'table',
        { class: 'data' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Cache'),
            ...COLUMNS.map(({ label, title }) => h('th', { scope: 'col', title }, label)),
          ),
        ),
        h('tbody', {}, ...caches.map(cache => this.#row(cache))),
      ),
    );
  }

  #row(cache: CacheSummary): HTMLElement {
    const { name } = cache;
    const onclick = () => void this.#entries.show(name);
    const button = h('button', { type: 'button', class: 'pid', 'data-cache': name, onclick }, name);
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, this.#operates ? button : name),
      ...COLUMNS.map(({ label, text }) => h('td', { 'data-label': label }, text(cache))),
    );
  }
}

function hitRate({ hits, misses }: CacheSummary): string {
  const found = hits.near + hits.manager;
  return found + misses === 0 ? '–' : percent(found / (found + misses));
}

function nearRate({ hits }: CacheSummary): string {
  const found = hits.near + hits.manager;
  return found === 0 ? '–' : percent(hits.near / found);
}

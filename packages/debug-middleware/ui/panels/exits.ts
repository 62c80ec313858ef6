import type { Autopsy, WorkerExit } from '@troupe/ipc';
import { h } from '../dom.ts';
import { bytes, number, timeOfDay } from '../format.ts';
import type { State } from '../store.ts';

/** The workers that have ended, and why. */
export class Exits {
  readonly #root: HTMLElement;
  #shown: readonly WorkerExit[] | null = null;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  update({ cluster }: State): void {
    if (cluster === null || cluster.exits === this.#shown) return;
    this.#shown = cluster.exits;
    this.#root.replaceChildren(
      h('h2', {}, 'Last exits'),
      cluster.exits.length === 0
        ? h('p', { class: 'empty' }, 'No worker has ended since the cluster began.')
        : h('ol', { class: 'exits' }, ...cluster.exits.map(toItem)),
    );
  }
}

function toItem({ pid, at, asked, reason, stack, generation, autopsy }: WorkerExit): HTMLElement {
  return h(
    'li',
    { class: asked ? 'exit' : 'exit exit-bad' },
    h('time', { datetime: new Date(at).toISOString() }, timeOfDay(at)),
    h('span', { class: 'exit-pid' }, String(pid)),
    h('span', { class: 'badge-state' }, asked ? 'left' : 'died'),
    h(
      'div',
      { class: 'exit-reason' },
      stack === undefined
        ? h('p', {}, reason)
        : h('details', {}, h('summary', {}, reason), h('pre', { tabindex: 0 }, stack)),
      autopsy && found(autopsy),
      h('p', { class: 'exit-note' }, `generation ${generation}`),
    ),
  );
}

/** What filled its memory. */
function found(autopsy: Autopsy): HTMLElement {
  const { problem, growing = [], against, heap = 0, objects = 0, collections = [] } = autopsy;
  if (problem !== undefined) return h('p', { class: 'exit-note' }, `No autopsy: ${problem}`);
  const [first] = growing;
  const summary = first
    ? `Autopsy: ${number(first.count - first.young)} more of ${first.name}`
    : 'Autopsy: no class has grown';
  return h(
    'details',
    { class: 'autopsy' },
    h('summary', {}, summary),
    h('p', {}, `${number(objects)} objects in ${bytes(heap)}, ${beside(against)}.`),
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h('tr', {}, ...['Class', 'Objects', 'In the younger one'].map(head => h('th', { scope: 'col' }, head))),
      ),
      h(
        'tbody',
        {},
        ...growing.map(({ name, count, young }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, h('code', {}, name)),
            h('td', {}, number(count)),
            h('td', {}, number(young)),
          ),
        ),
      ),
    ),
    collections.length > 0 && h('p', {}, 'The largest collections:'),
    h('ul', {}, ...collections.map(({ kind, size, of }) => h('li', {}, `${kind} of ${number(size)} ${of}`))),
    h('button', { type: 'button', class: 'btn btn-sm btn-outline-primary', onclick: () => save(autopsy) }, 'Download'),
  );
}

const beside = (against: number | undefined) =>
  against === undefined
    ? 'with no younger worker to compare with'
    : `compared with worker ${against} before it took traffic`;

function save(autopsy: Autopsy): void {
  const file = new Blob([JSON.stringify(autopsy, null, 2)], { type: 'application/json' });
  const link = h('a', { href: URL.createObjectURL(file), download: `worker-${autopsy.pid}.autopsy.json` });
  link.click();
  URL.revokeObjectURL(link.href);
}

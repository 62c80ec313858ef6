import type { WorkerExit } from '@troupe/ipc';
import { h } from '../dom.ts';
import { timeOfDay } from '../format.ts';
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

function toItem({ pid, at, asked, reason, stack, generation }: WorkerExit): HTMLElement {
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
      h('p', { class: 'exit-note' }, `generation ${generation}`),
    ),
  );
}

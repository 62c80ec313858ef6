import type { Action } from '../../src/view.ts';
import type { Finding } from '../diagnosis.ts';
import { h, setAttribute, setText } from '../dom.ts';

/** One finding: what is the matter, what follows, and the button for what helps. */
export class FindingItem {
  readonly element: HTMLLIElement;
  readonly #text = h('p', { class: 'finding-text' });
  readonly #advice = h('p', { class: 'finding-advice' });
  readonly #button: HTMLButtonElement | undefined;

  constructor({ remedy }: Finding, act: (action: Action) => void) {
    if (remedy) {
      const onclick = () => act(remedy.action);
      this.#button = h('button', { type: 'button', class: 'btn btn-sm btn-outline-primary', onclick }, remedy.label);
    }
    this.element = h('li', { class: 'finding' }, h('div', {}, this.#text, this.#advice), this.#button);
  }

  update({ level, text, advice }: Finding, operates: boolean): void {
    setAttribute(this.element, 'data-level', level);
    setText(this.#text, text);
    setText(this.#advice, advice);
    if (this.#button) this.#button.hidden = !operates;
  }
}

import type { SessionView } from '../../src/view.ts';
import { h } from '../dom.ts';
import type { Manner, SessionCalls } from './calls.ts';

/** What is offered while nobody debugs the worker: to begin. */
export class Offer {
  readonly #section: HTMLElement;
  readonly #form: HTMLFormElement;
  #isOffered = false;
  readonly #gone = h('p', { class: 'card-offer' });

  constructor(section: HTMLElement, calls: SessionCalls) {
    this.#section = section;
    this.#form = formOf(manner => void calls.begin(manner));
    section.append(this.#form, this.#gone);
  }

  update({ worker, lease, ending, problem, others = 0, offer = 'aside' }: SessionView): void {
    if (problem !== undefined) return;
    if (!this.#isOffered) this.#choose(offer);
    this.#section.hidden = lease !== undefined || ending === true || worker === 'retiring';
    this.#form.hidden = worker === 'exited';
    this.#gone.hidden = worker !== 'exited';
    this.#gone.textContent =
      others > 0 ? 'This worker has ended, and another has its place.' : 'This worker has ended.';
  }

  /** Once: what the person has chosen since stays. */
  #choose(offer: Manner): void {
    this.#isOffered = true;
    this.#form.querySelector<HTMLInputElement>(`[value=${offer}]`)?.click();
  }
}

function formOf(begin: (manner: Manner) => void): HTMLFormElement {
  const choice = (value: Manner, title: string, text: string, checked: boolean) =>
    h(
      'label',
      {},
      h('input', { type: 'radio', name: 'manner', value, checked }),
      h('strong', {}, title),
      h('small', {}, text),
    );
  const form = h(
    'form',
    { class: 'card-offer' },
    h('h2', {}, 'Debug this worker'),
    choice(
      'aside',
      'Out of rotation',
      'A successor warms up and takes its place, so that nobody waits while you stand at a breakpoint.',
      true,
    ),
    choice(
      'stay',
      'In rotation',
      'It goes on serving: whoever it serves waits while you stand at a breakpoint.',
      false,
    ),
    h('button', { type: 'submit', class: 'btn btn-primary' }, 'Debug'),
  );
  form.addEventListener('submit', event => {
    event.preventDefault();
    begin(new FormData(form).get('manner') === 'stay' ? 'stay' : 'aside');
  });
  return form;
}

import type { SessionView } from '../../src/view.ts';
import { byId, h, setText } from '../dom.ts';
import type { SessionCalls } from './calls.ts';
import { measureMenu } from './measure-menu.ts';
import { FEW, minutesLeft, standingOf } from './standing-of.ts';

/** The bar on top: how it stands, and what can be done about it. */
export class Standing {
  readonly #bar: HTMLElement;
  readonly #run: HTMLElement;
  readonly #request: HTMLElement;
  readonly #extend: HTMLElement;
  readonly #measure: HTMLElement;
  readonly #resume: HTMLElement;
  readonly #retire: HTMLElement;

  constructor(bar: HTMLElement, calls: SessionCalls, opens: { requests(): void; stalls(): void }) {
    this.#bar = bar;
    const button = (label: string, style: string, onclick: () => void) =>
      h('button', { type: 'button', class: `btn btn-sm btn-${style}`, onclick, hidden: true }, label);
    this.#run = button('Run', 'success', () => void calls.run());
    this.#request = button('Send a request', 'outline-secondary', () => opens.requests());
    this.#extend = button('Keep it open', 'outline-secondary', () => void calls.extend());
    this.#measure = measureMenu(calls, opens.stalls);
    this.#resume = button('Finish: back to rotation', 'primary', () => void calls.end('return'));
    this.#retire = button('Finish: retire it', 'outline-danger', () => void calls.end('leave'));
    byId('actions').append(this.#run, this.#extend, this.#request, this.#measure, this.#resume, this.#retire);
  }

  update(view: SessionView): void {
    const now = Date.now();
    const { kind, word, facts } = standingOf(view, now);
    this.#bar.dataset.standing = kind;
    setText(byId('standing'), word);
    setText(byId('facts'), facts);
    const isOpen = kind === 'running' || kind === 'paused';
    this.#run.hidden = kind !== 'waiting';
    this.#request.hidden = !isOpen;
    this.#measure.hidden = !isOpen;
    this.#extend.hidden = !isOpen || minutesLeft(view, now) > FEW;
    this.#resume.hidden = !isOpen;
    setText(this.#resume, view.lease?.aside ? 'Finish: back to rotation' : 'Finish');
    this.#retire.hidden = !isOpen && kind !== 'waiting';
  }
}

import type { SessionView } from '../../src/view.ts';
import { byId, h, setText } from '../dom.ts';
import type { SessionCalls } from './calls.ts';

type Kind = 'none' | 'preparing' | 'waiting' | 'running' | 'paused' | 'gone';

/** How it stands, in one word and in a few. */
export function standingOf({ problem, worker, lease, others = 0 }: SessionView): {
  kind: Kind;
  word: string;
  facts: string;
} {
  if (problem !== undefined) return { kind: 'gone', word: 'Not connected', facts: problem };
  if (worker === 'exited') {
    return { kind: 'gone', word: 'Ended', facts: `This worker is no more. ${serve(others)} its clients.` };
  }
  if (!lease) return { kind: 'none', word: '', facts: 'Nobody debugs this worker.' };
  const facts = [
    `by ${lease.by} since ${time(lease.since)}`,
    lease.aside ? rotation(others) : 'in rotation',
    debuggers(lease.sessions),
  ];
  const said = facts.filter(Boolean).join(' · ');
  switch (lease.state) {
    case 'preparing':
      return {
        kind: 'preparing',
        word: 'Preparing',
        facts: lease.fresh ? 'It is being forked …' : 'A successor warms up; then this one leaves rotation …',
      };
    case 'waiting':
      return {
        kind: 'waiting',
        word: 'Waits before configureApp',
        facts: `Set your breakpoints, then press Run. · ${said}`,
      };
    case 'open':
      return lease.paused
        ? { kind: 'paused', word: 'Paused', facts: said }
        : { kind: 'running', word: 'Running', facts: said };
  }
}

const time = (ms: number) => new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
const serve = (others: number) => (others === 1 ? 'One other serves' : `${others} others serve`);
const rotation = (others: number) => `out of rotation, ${others} serve${others === 1 ? 's' : ''}`;
const debuggers = (count: number) => (count > 1 ? `${count} debuggers connected` : '');

/** The bar on top: how it stands, and what can be done about it. */
export class Standing {
  readonly #bar: HTMLElement;
  readonly #run: HTMLElement;
  readonly #request: HTMLElement;
  readonly #resume: HTMLElement;
  readonly #retire: HTMLElement;

  constructor(bar: HTMLElement, calls: SessionCalls, toggleRequests: () => void) {
    this.#bar = bar;
    const button = (label: string, style: string, onclick: () => void) =>
      h('button', { type: 'button', class: `btn btn-sm btn-${style}`, onclick, hidden: true }, label);
    this.#run = button('Run', 'success', () => void calls.run());
    this.#request = button('Send a request', 'outline-secondary', toggleRequests);
    this.#resume = button('Finish: back to rotation', 'primary', () => void calls.end('return'));
    this.#retire = button('Finish: retire it', 'outline-danger', () => void calls.end('leave'));
    byId('actions').append(this.#run, this.#request, this.#resume, this.#retire);
  }

  update(view: SessionView): void {
    const { kind, word, facts } = standingOf(view);
    this.#bar.dataset.standing = kind;
    setText(byId('standing'), word);
    setText(byId('facts'), facts);
    const isOpen = kind === 'running' || kind === 'paused';
    this.#run.hidden = kind !== 'waiting';
    this.#request.hidden = !isOpen;
    this.#resume.hidden = !isOpen;
    setText(this.#resume, view.lease?.aside ? 'Finish: back to rotation' : 'Finish');
    this.#retire.hidden = !isOpen && kind !== 'waiting';
  }
}

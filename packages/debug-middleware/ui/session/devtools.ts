import type { SessionView } from '../../src/view.ts';
import { h } from '../dom.ts';

/** Chrome's DevTools, in a frame for as long as the session lasts. */
export class DevTools {
  readonly #section: HTMLElement;
  readonly #pid: number;
  #isOpen = false;

  constructor(section: HTMLElement, pid: number) {
    this.#section = section;
    this.#pid = pid;
  }

  update({ lease, problem }: SessionView): void {
    // What cannot be asked now may go on all the same.
    if (problem !== undefined) return;
    const isOpen = lease !== undefined && lease.state !== 'preparing';
    this.#section.hidden = !isOpen;
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    this.#section.replaceChildren(...(isOpen ? [this.#frame()] : []));
  }

  #frame(): HTMLElement {
    const socket = new URL(`${this.#pid}/socket`, location.href);
    const kind = location.protocol === 'https:' ? 'wss' : 'ws';
    const src = `../devtools/js_app.html?${kind}=${socket.host}${socket.pathname}&panel=sources`;
    return h('iframe', { src, title: 'DevTools' });
  }
}

import type { SessionView } from '../../src/view.ts';
import { h } from '../dom.ts';

/** Chrome's DevTools, in a frame for as long as the session lasts; where it is not installed, how else to debug. */
export class DevTools {
  readonly #section: HTMLElement;
  readonly #pid: number;
  #isOpen = false;

  constructor(section: HTMLElement, pid: number) {
    this.#section = section;
    this.#pid = pid;
  }

  update({ lease, problem, howToInstall }: SessionView): void {
    // What cannot be asked now may go on all the same.
    if (problem !== undefined) return;
    const isOpen = lease !== undefined && lease.state !== 'preparing';
    this.#section.hidden = !isOpen;
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    this.#section.replaceChildren(...(isOpen ? [howToInstall ? this.#instead(howToInstall) : this.#frame()] : []));
  }

  #frame(): HTMLElement {
    const { protocol, host, pathname } = this.#socket();
    const src = `../devtools/js_app.html?${protocol.slice(0, -1)}=${host}${pathname}&panel=sources`;
    return h('iframe', { src, title: 'DevTools' });
  }

  #instead(command: string): HTMLElement {
    return h(
      'div',
      { class: 'card-offer no-devtools' },
      h('h2', {}, 'DevTools is not installed here'),
      h('p', {}, 'Run this beside the application, and load this page again:'),
      h('pre', {}, command),
      h('p', {}, 'Or connect a debugger of your own, such as that of your editor, to this session:'),
      h('pre', {}, this.#socket().href),
      h(
        'p',
        {},
        'It speaks the Chrome DevTools Protocol. Where the monitor asks for a token, send it as “Authorization: Bearer …”. The session lasts as long as it is connected.',
      ),
    );
  }

  #socket(): URL {
    const socket = new URL(`${this.#pid}/socket`, location.href);
    socket.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    return socket;
  }
}

import type { SessionView } from '../../src/view.ts';
import { h } from '../dom.ts';
import { curlFor, parseHeaders, type Sent } from './request.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/** A form for requests that reach exactly this worker. */
export class Requests {
  readonly #section: HTMLElement;
  readonly #base: string;
  readonly #form: HTMLFormElement;
  readonly #curl = h('pre', {});
  readonly #answer = h('div', {});
  #wanted = false;

  constructor(section: HTMLElement, pid: number) {
    this.#section = section;
    this.#base = new URL(`${pid}/request`, location.href).href;
    this.#form = formOf();
    this.#form.addEventListener('submit', event => {
      event.preventDefault();
      void this.#send();
    });
    this.#form.addEventListener('input', () => this.#showCurl());
    section.append(
      h('h2', {}, 'A request to this worker only'),
      this.#form,
      this.#answer,
      h('details', {}, h('summary', {}, 'The same with curl'), this.#curl),
    );
    this.#showCurl();
  }

  toggle(): void {
    this.#wanted = !this.#wanted;
    this.#section.hidden = !this.#wanted;
  }

  update({ lease }: SessionView): void {
    if (lease?.state !== 'open') this.#section.hidden = true;
    else this.#section.hidden = !this.#wanted;
  }

  async #send(): Promise<void> {
    const { method, path, headers, body } = this.#sent();
    this.#answer.replaceChildren(h('p', {}, 'Sent. The answer comes when the worker gives it …'));
    try {
      const withBody = method !== 'GET' && method !== 'HEAD' && body !== '';
      const response = await fetch(this.#base + path, {
        method,
        headers,
        ...(withBody && { body }),
        redirect: 'manual',
      });
      const text = await response.text();
      const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
      this.#answer.replaceChildren(
        h('p', {}, h('strong', {}, `${response.status} ${response.statusText}`)),
        h('pre', { class: 'answer' }, text),
        h('details', {}, h('summary', {}, 'Headers'), h('pre', {}, lines)),
      );
    } catch (problem) {
      this.#answer.replaceChildren(h('p', {}, `There was no answer: ${String(problem)}`));
    }
  }

  #sent(): Sent {
    const data = new FormData(this.#form);
    const path = String(data.get('path'));
    return {
      method: String(data.get('method')),
      path: path.startsWith('/') ? path : `/${path}`,
      headers: parseHeaders(String(data.get('headers'))),
      body: String(data.get('body')),
    };
  }

  #showCurl(): void {
    this.#curl.textContent = curlFor(this.#base, this.#sent());
  }
}

function formOf(): HTMLFormElement {
  return h(
    'form',
    { class: 'request-form' },
    h(
      'div',
      { class: 'request-line' },
      h(
        'select',
        { name: 'method', class: 'form-select form-select-sm', 'aria-label': 'Method' },
        ...METHODS.map(method => h('option', {}, method)),
      ),
      h('input', {
        name: 'path',
        value: '/',
        class: 'form-control form-control-sm',
        'aria-label': 'Path',
        required: true,
      }),
      h('button', { type: 'submit', class: 'btn btn-sm btn-primary' }, 'Send'),
    ),
    h('textarea', {
      name: 'headers',
      rows: 2,
      class: 'form-control',
      'aria-label': 'Headers',
      placeholder: 'Headers, one a line: accept: text/html',
    }),
    h('textarea', { name: 'body', rows: 3, class: 'form-control', 'aria-label': 'Body', placeholder: 'Body' }),
  );
}

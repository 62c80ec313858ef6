import type { FrameReport, StallReport, StallTrace } from '../src/inspector/stalls/stall-trace.ts';
import { h, setText } from './dom.ts';
import { milliseconds, percent, plural, timeOfDay } from './format.ts';
import { reasonIn } from './reason.ts';

/** Traces what holds a worker's event loop, and shows what came of it, in a dialog over the page. */
export class StallsDialog {
  readonly #url: string;
  readonly #form: HTMLFormElement;
  readonly #start = h('button', { type: 'submit', class: 'btn btn-primary' }, 'Trace');
  readonly #state = h('p', { role: 'status' });
  readonly #found = h('div', { class: 'stalls-found' });
  readonly #dialog: HTMLDialogElement;
  #running: AbortController | undefined;
  #file: string | undefined;

  /** @param url of the worker's debugger */
  static open(pid: number, url: string): void {
    new StallsDialog(pid, url).#dialog.showModal();
  }

  private constructor(pid: number, url: string) {
    this.#url = url;
    this.#form = h(
      'form',
      { class: 'stalls-form' },
      numberField('For', 'seconds', 10, 's', 1, 300),
      numberField('Stalls of at least', 'threshold', 100, 'ms', 10, 60_000),
      this.#start,
    );
    this.#form.addEventListener('submit', event => {
      event.preventDefault();
      if (this.#running) this.#running.abort();
      else void this.#trace();
    });
    this.#dialog = h(
      'dialog',
      { class: 'ask stalls', 'aria-labelledby': 'stalls-title' },
      h('h2', { id: 'stalls-title' }, `What holds the event loop of worker ${pid}?`),
      h('p', {}, 'The worker serves on meanwhile, a few percent slower: its code is sampled each millisecond.'),
      this.#form,
      this.#state,
      this.#found,
      h(
        'form',
        { method: 'dialog', class: 'stalls-close' },
        h('button', { class: 'btn btn-outline-secondary' }, 'Close'),
      ),
    );
    this.#dialog.addEventListener('close', () => {
      this.#running?.abort();
      this.#forget();
      this.#dialog.remove();
    });
    document.body.append(this.#dialog);
  }

  async #trace(): Promise<void> {
    const data = new FormData(this.#form);
    const [seconds, threshold] = [Number(data.get('seconds')), Number(data.get('threshold'))];
    const running = new AbortController();
    this.#running = running;
    this.#forget();
    this.#found.replaceChildren();
    setText(this.#start, 'Stop');
    setText(this.#state, `Tracing for ${seconds} s …`);
    try {
      const query = new URLSearchParams({ seconds: String(seconds), threshold: String(threshold) });
      const init = { method: 'POST', signal: running.signal };
      const response = await fetch(`${this.#url}/measure/stalls?${query}`, init);
      if (response.ok) await this.#show(await response.blob(), threshold);
      else setText(this.#state, await reasonIn(response));
    } catch {
      setText(this.#state, running.signal.aborted ? 'Stopped.' : 'The monitor does not answer.');
    } finally {
      this.#running = undefined;
      setText(this.#start, 'Trace again');
    }
  }

  async #show(file: Blob, threshold: number): Promise<void> {
    const { stalls, stallCount }: StallTrace = JSON.parse(await file.text());
    setText(this.#state, summary(stalls, stallCount, threshold));
    if (stallCount === 0) return;
    this.#file = URL.createObjectURL(file);
    const name = `worker-${this.#url.split('/').at(-1)}.stalls.cpuprofile`;
    this.#found.replaceChildren(
      h('ol', { class: 'stalls-list' }, ...stalls.map(rowOf)),
      h(
        'p',
        {},
        h('a', { href: this.#file, download: name, class: 'btn btn-sm btn-outline-primary' }, 'Download for DevTools'),
        h('small', {}, ' In Chrome’s DevTools: Performance, Load profile.'),
      ),
    );
  }

  #forget(): void {
    if (this.#file) URL.revokeObjectURL(this.#file);
    this.#file = undefined;
  }
}

function summary(stalls: readonly StallReport[], count: number, threshold: number): string {
  if (count === 0) return `Nothing held the event loop for ${threshold} ms or longer.`;
  const longest = Math.max(...stalls.map(({ duration }) => duration));
  const shown = count > stalls.length ? ` The ${stalls.length} longest:` : '';
  return `${plural(count, 'stall')}, the longest ${milliseconds(longest)}.${shown}`;
}

function rowOf({ at, duration, lasts, by, stack, share }: StallReport): HTMLElement {
  const held = `${milliseconds(duration)}${lasts ? ', and goes on' : ''}`;
  return h(
    'li',
    { class: 'stall' },
    h('time', { datetime: new Date(at).toISOString() }, timeOfDay(at)),
    h('strong', {}, held),
    by === null
      ? h('span', {}, 'The whole process stood still.')
      : h(
          'details',
          {},
          h(
            'summary',
            {},
            h('code', {}, by.function),
            ' ',
            h('span', { class: 'stall-place', title: placeOf(by) }, shortPlaceOf(by)),
          ),
          h('p', {}, `Where it was for ${percent(share)} of the time:`),
          h('pre', { tabindex: 0 }, stack.map(frame => `${frame.function}  ${placeOf(frame)}`).join('\n')),
        ),
  );
}

const placeOf = ({ file, line }: FrameReport): string => (file === undefined ? '' : `${file}:${line}`);

/** The file with its directory. */
const shortPlaceOf = (frame: FrameReport): string => placeOf(frame).split(/[\\/]/).slice(-2).join('/');

function numberField(label: string, name: string, value: number, unit: string, min: number, max: number): HTMLElement {
  return h(
    'label',
    {},
    h('span', {}, label),
    h('input', { type: 'number', name, value, min, max, required: true, class: 'form-control form-control-sm' }),
    unit,
  );
}

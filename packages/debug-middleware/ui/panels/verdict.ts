import type { TrafficReport } from '@troupe/ipc';
import type { Action } from '../../src/view.ts';
import { diagnose, type Finding } from '../diagnosis.ts';
import { h } from '../dom.ts';
import { plural } from '../format.ts';
import { type Act, mayOperate } from '../operate.ts';
import { type State, serverTime } from '../store.ts';

/** Whether the cluster is well, and what to do if it is not. */
export class Verdict {
  readonly #root: HTMLElement;
  readonly #act: Act;
  #shown = '';

  constructor(root: HTMLElement, act: Act) {
    this.#root = root;
    this.#act = act;
  }

  update(state: State): void {
    if (state.cluster === null) return this.#waiting();
    const findings = diagnose(state.cluster, serverTime(state, Date.now()));
    const { traffic, cluster } = state.cluster;
    const operates = mayOperate(state.hello?.access) && state.connection === 'live';
    const shown = JSON.stringify([findings, traffic?.mark, traffic?.ready, traffic?.wanted, operates, cluster?.reload]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const level = findings.find(({ level }) => level !== 'info')?.level ?? 'good';
    const [headline, detail] = headlineOf(level, findings, traffic);
    this.#root.replaceChildren(
      h(
        'div',
        { class: `verdict verdict-${level}` },
        h(
          'div',
          { class: 'verdict-head' },
          h('span', { class: 'verdict-mark', 'aria-hidden': 'true' }, level === 'good' ? '✓' : '!'),
          h('div', { role: 'status' }, h('h2', {}, headline), h('p', {}, detail)),
          operates &&
            h(
              'div',
              { class: 'verdict-actions' },
              traffic?.mark === 'up' && this.#button('Mark down', { type: 'mark', mark: 'down' }, 'outline-danger'),
              this.#button('Reload', { type: 'reload' }, 'outline-primary', cluster?.reload !== undefined),
            ),
        ),
        findings.length > 0 && h('ul', { class: 'findings' }, ...findings.map(each => this.#finding(each, operates))),
      ),
    );
  }

  #waiting(): void {
    if (this.#shown === 'waiting') return;
    this.#shown = 'waiting';
    this.#root.replaceChildren(
      h('div', { class: 'verdict verdict-waiting' }, h('h2', {}, 'Waiting for the first data …')),
    );
  }

  #finding({ level, text, advice, remedy }: Finding, operates: boolean): HTMLElement {
    return h(
      'li',
      { class: `finding finding-${level}` },
      h('div', {}, h('p', { class: 'finding-text' }, text), h('p', { class: 'finding-advice' }, advice)),
      operates && remedy && this.#button(remedy.label, remedy.action, 'outline-primary'),
    );
  }

  #button(label: string, action: Action, style: string, disabled = false): HTMLElement {
    const onclick = () => void this.#act(action);
    return h('button', { type: 'button', class: `btn btn-sm btn-${style}`, disabled, onclick }, label);
  }
}

function headlineOf(level: string, findings: readonly Finding[], traffic: TrafficReport | null): [string, string] {
  const workers = traffic ? `${traffic.ready} of ${plural(traffic.wanted, 'worker')} take traffic.` : '';
  if (level === 'good') return ['All is well', workers];
  const detail = `${plural(findings.filter(({ level }) => level !== 'info').length, 'finding')}. ${workers}`;
  if (traffic?.phase === 'starting') return ['It starts', detail];
  if (traffic?.up === false) return ['No traffic comes in', detail];
  return [level === 'bad' ? 'Something is wrong' : 'It serves, but look at this', detail];
}

import type { TrafficReport } from '@troupe/ipc';
import type { Action } from '../../src/view.ts';
import { diagnose, type Finding } from '../diagnosis.ts';
import { h, setAttribute, setText } from '../dom.ts';
import { plural } from '../format.ts';
import { type Act, mayOperate } from '../operate.ts';
import { type State, serverTime } from '../store.ts';
import { FindingItem } from './finding-item.ts';

/**
 * Whether the cluster is well, and what to do if it is not. What stays is never made anew: somebody may be about to
 * press it, and a screen reader says only what has changed.
 */
export class Verdict {
  readonly #act: Act;
  readonly #mark = h('span', { class: 'verdict-mark', 'aria-hidden': 'true' }, '…');
  readonly #headline = h('h2', {}, 'Waiting for the first data …');
  readonly #detail = h('p', {});
  readonly #down: HTMLButtonElement;
  readonly #reload: HTMLButtonElement;
  readonly #findings = h('ul', { class: 'findings', hidden: true });
  readonly #panel: HTMLElement;
  readonly #items = new Map<string, FindingItem>();

  constructor(root: HTMLElement, act: Act) {
    this.#act = act;
    this.#down = this.#button('Mark down', { type: 'mark', mark: 'down' }, 'outline-danger');
    this.#reload = this.#button('Reload', { type: 'reload' }, 'outline-primary');
    this.#panel = h(
      'div',
      { class: 'verdict', 'data-level': 'waiting' },
      h(
        'div',
        { class: 'verdict-head' },
        this.#mark,
        h('div', { role: 'status' }, this.#headline, this.#detail),
        h('div', { class: 'verdict-actions' }, this.#down, this.#reload),
      ),
      this.#findings,
    );
    root.append(this.#panel);
  }

  update(state: State): void {
    if (state.cluster === null) return;
    const findings = diagnose(state.cluster, serverTime(state, Date.now()));
    const { traffic, cluster } = state.cluster;
    const level = findings.find(({ level }) => level !== 'info')?.level ?? 'good';
    const [headline, detail] = headlineOf(level, findings, traffic);
    setAttribute(this.#panel, 'data-level', level);
    setText(this.#mark, level === 'good' ? '✓' : '!');
    setText(this.#headline, headline);
    setText(this.#detail, detail);
    const operates = mayOperate(state.hello?.access) && state.connection === 'live';
    this.#down.hidden = !operates || traffic?.mark !== 'up';
    this.#reload.hidden = !operates;
    this.#reload.disabled = cluster?.reload !== undefined;
    this.#list(findings, operates);
  }

  #list(findings: readonly Finding[], operates: boolean): void {
    const ids = new Set(findings.map(({ id }) => id));
    for (const [id, item] of this.#items) {
      if (ids.has(id)) continue;
      item.element.remove();
      this.#items.delete(id);
    }
    for (const [index, finding] of findings.entries()) {
      const item = this.#items.get(finding.id) ?? new FindingItem(finding, action => void this.#act(action));
      this.#items.set(finding.id, item);
      item.update(finding, operates);
      const there = this.#findings.children[index];
      if (there !== item.element) this.#findings.insertBefore(item.element, there ?? null);
    }
    this.#findings.hidden = findings.length === 0;
  }

  #button(label: string, action: Action, style: string): HTMLButtonElement {
    const onclick = () => void this.#act(action);
    return h('button', { type: 'button', class: `btn btn-sm btn-${style}`, hidden: true, onclick }, label);
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

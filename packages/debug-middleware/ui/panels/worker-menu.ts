import type { Access } from '@troupe/guard';
import type { Action, WorkerView } from '../../src/view.ts';
import { h } from '../dom.ts';
import { type Act, mayOperate } from '../operate.ts';
import { profile } from '../profile.ts';
import { StallsDialog } from '../stalls.ts';
import type { WorkerRow } from './worker-row.ts';

/** Something that can be done with a worker: by the master, in a dialog, or on another page. */
export type WorkerAction = { label: string } & ({ action: Action } | { open: () => void } | { href: string });

/** What a visitor can do with a worker in its state. */
export function actionsFor(
  { pid, state, debugged }: Pick<WorkerView, 'pid' | 'state' | 'debugged'>,
  access: Access | undefined,
): WorkerAction[] {
  const debug: WorkerAction = { label: debugged ? 'Debugger' : 'Debug …', href: debuggerOf(pid) };
  const trace: WorkerAction = { label: 'Stalls …', open: () => StallsDialog.open(pid, debuggerOf(pid)) };
  const serves = state === 'ready' || state === 'paused';
  return [
    ...(mayOperate(access) ? operations(pid, state) : []),
    ...(mayOperate(access) && serves ? [trace] : []),
    ...(access === 'debug' ? [debug] : []),
  ];
}

/** Beside the page, below its name. */
export const debuggerOf = (worker: number | 'fresh'): string => `${location.pathname}/workers/${worker}`;

function operations(pid: number, state: WorkerView['state']): WorkerAction[] {
  const others: WorkerAction[] = [
    { label: 'Retire …', action: { type: 'retire', pid } },
    { label: 'Profile …', open: () => void profile(pid, debuggerOf(pid)) },
  ];
  if (state === 'ready') return [{ label: 'Pause …', action: { type: 'pause', pid } }, ...others];
  if (state === 'paused') return [{ label: 'Resume', action: { type: 'resume', pid } }, ...others];
  return [];
}

/** The actions of one worker: shown when its pid is pointed at, clicked, or has the focus and is asked by key. */
export class WorkerMenu {
  readonly #act: Act;
  readonly #menu = h('div', { class: 'worker-menu', role: 'menu', popover: 'manual' });
  #row: WorkerRow | undefined;

  constructor(act: Act) {
    this.#act = act;
    this.#menu.addEventListener('keydown', event => this.#move(event));
    document.addEventListener('scroll', () => this.#place(), { passive: true, capture: true });
    // A figure above that takes another line moves the rows.
    new ResizeObserver(() => this.#place()).observe(document.body);
  }

  /** @param actions what can be done when it is asked for */
  attach(row: WorkerRow, actions: () => WorkerAction[]): void {
    const { name, host } = row;
    const open = () => this.#open(row, actions());
    host.addEventListener('pointerenter', event => event.pointerType === 'mouse' && open());
    host.addEventListener('pointerleave', event => event.pointerType === 'mouse' && this.close());
    name.addEventListener('focus', open);
    host.addEventListener('focusout', event => {
      if (!(event.relatedTarget instanceof Node && host.contains(event.relatedTarget))) this.close();
    });
    name.addEventListener('click', open);
    name.addEventListener('keydown', event => {
      if (event.key === 'Escape') this.close();
      if (!['ArrowDown', 'ArrowRight', 'Enter', ' '].includes(event.key)) return;
      event.preventDefault();
      open();
      this.#items()[0]?.focus();
    });
  }

  close(): void {
    if (!this.#row) return;
    this.#row.name.setAttribute('aria-expanded', 'false');
    this.#row = undefined;
    this.#menu.remove();
  }

  /** The row of a worker that is gone takes its menu with it. */
  closeFor(row: WorkerRow): void {
    if (this.#row === row) this.close();
  }

  #open(row: WorkerRow, actions: WorkerAction[]): void {
    if (this.#row === row) return;
    this.close();
    if (actions.length === 0) return;
    this.#row = row;
    this.#menu.setAttribute('aria-label', `Worker ${row.name.textContent}`);
    this.#menu.replaceChildren(...actions.map(each => this.#item(each)));
    row.host.append(this.#menu);
    row.name.setAttribute('aria-expanded', 'true');
    this.#menu.showPopover();
    this.#place();
  }

  /** Beside the pid, within its row: the next row must not be covered. */
  #place(): void {
    if (!this.#row) return;
    const { right, top, height } = this.#row.name.getBoundingClientRect();
    this.#menu.style.left = `${right}px`;
    this.#menu.style.top = `${top + (height - this.#menu.offsetHeight) / 2}px`;
  }

  #item(item: WorkerAction): HTMLElement {
    if ('href' in item) return h('a', { href: item.href, role: 'menuitem' }, item.label);
    const onclick = () => {
      this.close();
      if ('open' in item) item.open();
      else void this.#act(item.action);
    };
    return h('button', { type: 'button', role: 'menuitem', onclick }, item.label);
  }

  #items(): HTMLElement[] {
    return [...this.#menu.querySelectorAll<HTMLElement>('[role=menuitem]')];
  }

  #move(event: KeyboardEvent): void {
    const items = this.#items();
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') {
      const { name } = this.#row ?? {};
      name?.focus();
      this.close();
    } else if (step !== undefined) {
      event.preventDefault();
      const next = items.findIndex(item => item.matches(':focus')) + step;
      items.at(next % items.length)?.focus();
    }
  }
}

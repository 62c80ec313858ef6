import { confirm } from '../confirm.ts';
import { h } from '../dom.ts';
import { SECONDS } from '../measure.ts';
import type { SessionCalls } from './calls.ts';

/** What can be measured, in a menu that goes when something was chosen, or the person turns to something else. */
export function measureMenu(calls: SessionCalls, traceStalls: () => void): HTMLDetailsElement {
  const close = () => {
    menu.open = false;
  };
  const item = (label: string, act: () => void) => {
    const onclick = () => {
      close();
      act();
    };
    return h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary', onclick }, label);
  };
  const menu = h(
    'details',
    { class: 'measure', hidden: true },
    h('summary', {}, 'Measure'),
    h(
      'div',
      {},
      item(`CPU profile, ${SECONDS} s`, () => void calls.measure('cpu')),
      item('Event-loop stalls …', traceStalls),
      item(`Heap profile, ${SECONDS} s`, () => void calls.measure('heap')),
      item('Heap snapshot …', () => void snapshot(calls)),
    ),
  );
  document.addEventListener('pointerdown', ({ target }) => {
    if (!(target instanceof Node && menu.contains(target))) close();
  });
  // Of a click into DevTools the page hears this alone.
  addEventListener('blur', close);
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    close();
    menu.querySelector('summary')?.focus();
  });
  return menu;
}

async function snapshot(calls: SessionCalls): Promise<void> {
  const goes = await confirm({
    title: 'Take a heap snapshot?',
    text: 'The worker stands still for seconds, and takes several times its memory meanwhile. Everything that it has in memory is in the file, secrets too.',
    verb: 'Take it',
    harmful: true,
  });
  if (goes) await calls.measure('snapshot');
}

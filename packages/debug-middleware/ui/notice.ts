import { byId, h } from './dom.ts';

/** How long a notice of something good stays, ms; what failed stays until it is dismissed. */
const STAYS = 6_000;

/** Says what became of something, to screen readers too. */
export function notify(kind: 'good' | 'bad', text: string): void {
  const close = h('button', { class: 'btn-close', 'aria-label': 'Dismiss' });
  const notice = h('div', { class: `notice notice-${kind}` }, h('p', {}, text), close);
  close.addEventListener('click', () => notice.remove());
  byId('notices').append(notice);
  if (kind === 'good') setTimeout(() => notice.remove(), STAYS);
}

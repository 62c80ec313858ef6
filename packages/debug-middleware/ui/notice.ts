import { byId, h } from './dom.ts';

/** How long a notice of something good stays, ms; what failed stays until it is dismissed. */
const STAYS = 6_000;

/** Says what became of something, to screen readers too; with what can be done about it, it stays. */
export function notify(kind: 'good' | 'bad', text: string, remedy?: { label: string; act(): void }): void {
  const close = h('button', { class: 'btn-close', 'aria-label': 'Dismiss' });
  const act = remedy && h('button', { class: 'btn btn-sm btn-outline-primary' }, remedy.label);
  const notice = h('div', { class: `notice notice-${kind}` }, h('p', {}, text), act, close);
  close.addEventListener('click', () => notice.remove());
  act?.addEventListener('click', () => {
    notice.remove();
    remedy?.act();
  });
  byId('notices').append(notice);
  if (kind === 'good' && !remedy) setTimeout(() => notice.remove(), STAYS);
}

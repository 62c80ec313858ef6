import { byId, h, setText } from './dom.ts';
import { duration } from './format.ts';
import type { State } from './store.ts';

/** Data that is older than this is said to be, ms: it comes every second. */
const OLD = 4_000;

/** Says whether what is shown is live, and how old it is if not. */
export function showFreshness({ connection, heardAt }: State): void {
  const age = heardAt === null ? null : Date.now() - heardAt;
  const isOld = age === null || connection !== 'live' || age > OLD;
  document.body.classList.toggle('old', heardAt !== null && isOld);
  const element = byId('freshness');
  element.dataset.state = isOld ? (heardAt === null && connection === 'connecting' ? 'connecting' : 'old') : 'live';
  setText(element, sentence(connection, age, isOld));
}

let shown: State['hello'] = null;

/** Who looks, how he may get further, and how he takes his leave. */
export function showVisitor({ hello }: State): void {
  // What he is about to press must stay.
  if (hello === null || hello === shown) return;
  shown = hello;
  const { access, who, login, logout } = hello;
  const text = access === 'view' ? 'You may look.' : `You may ${access}.`;
  const next = `${login}?next=${encodeURIComponent(location.pathname)}`;
  byId('visitor').replaceChildren(
    h('span', { title: `as ${who}` }, text),
    ...(login === undefined ? [] : [' ', h('a', { href: next }, 'Log in')]),
    ...(logout === undefined
      ? []
      : [
          ' ',
          h(
            'form',
            { method: 'post', action: logout, class: 'log-out' },
            h('button', { class: 'log-out-button' }, 'Log out'),
          ),
        ]),
  );
}

function sentence(connection: State['connection'], age: number | null, isOld: boolean): string {
  if (!isOld) return 'Live';
  if (age === null) return connection === 'lost' ? 'No connection; trying again …' : 'Connecting …';
  return `${connection === 'lost' ? 'Connection lost; data' : 'Data'} is ${duration(age)} old`;
}

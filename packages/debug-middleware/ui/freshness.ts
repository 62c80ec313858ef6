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

/** Who looks, and how he may get further. */
export function showVisitor({ hello }: State): void {
  if (hello === null) return;
  const { access, who, login } = hello;
  const text = access === 'view' ? 'You may look.' : `You may ${access}.`;
  const next = `${login}?next=${encodeURIComponent(location.pathname)}`;
  byId('visitor').replaceChildren(
    h('span', { title: `as ${who}` }, text),
    ...(login === undefined ? [] : [' ', h('a', { href: next }, 'Log in')]),
  );
}

function sentence(connection: State['connection'], age: number | null, isOld: boolean): string {
  if (!isOld) return 'Live';
  if (age === null) return connection === 'lost' ? 'No connection; trying again …' : 'Connecting …';
  return `${connection === 'lost' ? 'Connection lost; data' : 'Data'} is ${duration(age)} old`;
}

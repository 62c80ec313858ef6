import type { FeedName } from '../src/view.ts';
import { Connection } from './connection.ts';
import { byId, setText } from './dom.ts';
import { showFreshness, showVisitor } from './freshness.ts';
import { operator } from './operate.ts';
import { Caches } from './panels/caches.ts';
import { Charts } from './panels/charts.ts';
import { Exits } from './panels/exits.ts';
import { Figures } from './panels/figures.ts';
import { Log } from './panels/log.ts';
import { Statuses } from './panels/statuses.ts';
import { Verdict } from './panels/verdict.ts';
import { Workers } from './panels/workers.ts';
import { initialState, type State } from './store.ts';
import { tabs } from './tabs.ts';

/** What each section shows. */
const FEEDS = {
  overview: ['cluster', 'host'],
  charts: ['cluster', 'charts'],
  caches: ['cluster', 'caches'],
  statuses: ['cluster', 'statuses'],
  log: ['cluster', 'log'],
} as const satisfies Record<string, readonly FeedName[]>;

let state = initialState;
const connection = new Connection(update);
const act = operator(
  action => connection.act(action),
  () => state.cluster,
);
const panels = [
  new Verdict(byId('verdict'), act),
  new Figures(byId('figures')),
  new Workers(byId('workers'), act),
  new Exits(byId('exits')),
  new Charts(byId('charts')),
  new Caches(byId('caches'), { find: query => connection.find(query), act }),
  new Statuses(byId('statuses')),
  new Log(byId('log')),
];

function update(next: State): void {
  state = next;
  for (const panel of panels) panel.update(state);
  showFreshness(state);
  showVisitor(state);
  const { host } = state.hello ?? {};
  if (host === undefined) return;
  setText(byId('host-name'), host);
  document.title = `${host} – Troupe`;
}

tabs(['overview', 'charts', 'caches', 'statuses', 'log'] as const, name => connection.watch(FEEDS[name]));
// Ages grow, and silence has to be noticed, when nothing is heard too.
setInterval(() => update(state), 1_000);
update(state);

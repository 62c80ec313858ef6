import { CacheSource } from '../cluster/cache-source.ts';
import { ChartsSource } from '../cluster/charts-source.ts';
import { ClusterSource } from '../cluster/cluster-source.ts';
import type { History } from '../cluster/history.ts';
import { HostSource } from '../cluster/host-source.ts';
import { LogSource } from '../cluster/log-source.ts';
import { StatusSource } from '../cluster/status-source.ts';
import type { Bus } from '../options.ts';
import type { FeedName, Feeds } from '../view.ts';
import { Feed } from './feed.ts';

type AllFeeds = { [N in FeedName]: Feed<Feeds[N]['whole'], Feeds[N]['delta']> };

/** Everything that pages can watch, and how often it is looked at. */
export function createFeeds(
  bus: Bus,
  history: History,
  tell: <N extends FeedName>(feed: N, delta: Feeds[N]['delta']) => void,
): AllFeeds {
  return {
    cluster: new Feed(new ClusterSource(bus, history), 1_000, delta => tell('cluster', delta)),
    host: new Feed(new HostSource(), 2_000, delta => tell('host', delta)),
    charts: new Feed(new ChartsSource(history), 5_000, delta => tell('charts', delta)),
    log: new Feed(new LogSource(bus), 1_000, delta => tell('log', delta)),
    caches: new Feed(new CacheSource(bus), 2_000, delta => tell('caches', delta)),
    statuses: new Feed(new StatusSource(bus), 2_000, delta => tell('statuses', delta)),
  };
}

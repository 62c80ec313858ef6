/** What the page knows, and how what it is told changes that. Nothing here touches the document. */
import type { CacheSummary, LogLine } from '@troupe/ipc';
import type {
  ClusterDelta,
  ClusterView,
  FeedName,
  Feeds,
  Hello,
  HistoryView,
  HostView,
  StatusView,
} from '../src/view.ts';

export interface State {
  readonly hello: Hello | null;
  /** `live`: the server is connected, and has been heard. */
  readonly connection: 'connecting' | 'live' | 'lost';
  /** The browser's clock when the cluster was last heard of, ms; null before. */
  readonly heardAt: number | null;
  readonly cluster: ClusterView | null;
  readonly host: HostView | null;
  readonly charts: HistoryView | null;
  readonly log: readonly LogLine[];
  readonly statuses: readonly StatusView[] | null;
  /** null: the cluster has none; undefined: not known yet. */
  readonly caches: readonly CacheSummary[] | null | undefined;
}

export const initialState: State = {
  hello: null,
  connection: 'connecting',
  heardAt: null,
  cluster: null,
  host: null,
  charts: null,
  log: [],
  statuses: null,
  caches: undefined,
};

/** Lines of the log that are kept. */
export const MAX_LINES = 1_000;

export function withWhole<N extends FeedName>(state: State, feed: N, whole: Feeds[N]['whole'], now: number): State {
  return { ...state, [feed]: whole, ...(feed === 'cluster' && { heardAt: now, connection: 'live' }) };
}

export function withDelta<N extends FeedName>(state: State, feed: N, delta: Feeds[N]['delta'], now: number): State {
  const { cluster, charts, log } = state;
  switch (feed) {
    case 'cluster':
      if (cluster === null) return state;
      return { ...state, cluster: patch(cluster, delta as ClusterDelta), heardAt: now, connection: 'live' };
    case 'charts':
      return charts === null ? state : { ...state, charts: extend(charts, delta as HistoryView) };
    case 'log':
      return { ...state, log: [...log, ...(delta as LogLine[])].slice(-MAX_LINES) };
    default:
      return { ...state, [feed]: delta };
  }
}

/** The server's clock, as far as it is known, ms since the epoch. */
export function serverTime({ cluster, heardAt }: State, now: number): number {
  return cluster === null || heardAt === null ? now : cluster.at + (now - heardAt);
}

function patch(view: ClusterView, { workers = [], gone = [], ...rest }: ClusterDelta): ClusterView {
  if (workers.length === 0 && gone.length === 0) return { ...view, ...rest };
  const byPid = new Map(view.workers.map(worker => [worker.pid, worker]));
  for (const worker of workers) byPid.set(worker.pid, worker);
  for (const pid of gone) byPid.delete(pid);
  return { ...view, ...rest, workers: [...byPid.values()] };
}

/** The window moves on by what is new, and what was told before may have changed. */
function extend(view: HistoryView, news: HistoryView): HistoryView {
  const { step } = view;
  const length = view.total[0]?.length ?? 0;
  const end = Math.max(view.first + length * step, news.first + (news.total[0]?.length ?? 0) * step);
  const first = end - length * step;
  const merge = (old: readonly (readonly (number | null)[])[] | undefined, fresh: HistoryView['total'] | undefined) =>
    news.total.map((_, metric) =>
      Array.from({ length }, (_, index) => {
        const time = first + index * step;
        const isNew = time >= news.first;
        return (
          (isNew ? fresh?.[metric]?.[(time - news.first) / step] : old?.[metric]?.[(time - view.first) / step]) ?? null
        );
      }),
    );
  const pids = new Set([...view.workers, ...news.workers].map(({ pid }) => pid));
  const rowsOf = ({ workers }: HistoryView, pid: number) => workers.find(worker => worker.pid === pid)?.rows;
  const workers = [...pids].map(pid => ({ pid, rows: merge(rowsOf(view, pid), rowsOf(news, pid)) }));
  return {
    step,
    first,
    total: merge(view.total, news.total),
    workers: workers.filter(({ rows }) => rows.some(row => row.some(value => value !== null))),
  };
}

/**
 * What the server tells the page, and the page the server: types alone, shared by both sides.
 *
 * A page watches feeds. It is told the whole of a feed when it begins to watch, and from then on what has changed.
 */
import type { Access } from '@troupe/guard';
import type {
  CacheEntry,
  CacheSummary,
  ClusterReport,
  DebugLease,
  Heartbeat,
  LogLine,
  Percentiles,
  ProcessReport,
  TrafficReport,
  WorkerExit,
  WorkerInfo,
  WorkerState,
} from '@troupe/ipc';

/** The first thing a page is told: who looks, and what he may do. */
export interface Hello {
  who: string;
  access: Access;
  /** Where to log in for more. */
  login?: string | undefined;
  /** Where to post an empty form to log out, for those who have logged in. */
  logout?: string | undefined;
  /** The machine that the monitor runs on. */
  host: string;
  /** Differs when the page was made by another version of this server. */
  version: string;
}

/** A heartbeat without what only the server needs. */
export type Beat = Omit<Heartbeat, 'latency'> & { latency: Percentiles };

export interface WorkerView extends WorkerInfo {
  /** What it said last of itself; absent until its first heartbeat. */
  beat?: Beat | undefined;
  /** When it said so, ms since the epoch by the server's clock. */
  heardAt?: number | undefined;
  /** Requests per second, 5 s each, the latest last. */
  trend: (number | null)[];
  /** Who debugs it, and how that stands; absent while nobody does. */
  lease?: LeaseView | undefined;
}

/** A lease as pages may see it: without the paths of private sockets. */
export type LeaseView = Omit<DebugLease, 'agent' | 'door' | 'root'>;

export interface ClusterView {
  /** The server's clock, ms since the epoch. */
  at: number;
  /** Why the cluster could not be asked; the rest is then what was known before. */
  problem: string | null;
  cluster: ClusterReport | null;
  traffic: TrafficReport | null;
  /** null: there is no such process. */
  cacheManager: ProcessReport | null;
  /** Of all that the workers that live said last; null when they answered nothing. */
  latency: Percentiles | null;
  workers: WorkerView[];
  /** The newest first. */
  exits: WorkerExit[];
}

/** What has changed; workers are those that have. */
export type ClusterDelta = Pick<ClusterView, 'at' | 'problem'> &
  Partial<Pick<ClusterView, 'cluster' | 'traffic' | 'cacheManager' | 'latency' | 'workers' | 'exits'>> & {
    /** Pids of workers that are no more. */
    gone?: number[] | undefined;
  };

/** The machine that the monitor runs on. Bytes, and bytes per second. */
export interface HostView {
  cores: number;
  /** % of all cores. */
  cpu: number;
  /** Of the last 1, 5 and 15 minutes. */
  load: number[];
  memory: { used: number; total: number };
  /** Of the file system of the working directory; null where that is not known. */
  disk: { used: number; total: number } | null;
  network: { received: number; sent: number } | null;
}

/** What the charts show. `total` is how the workers' values make the cluster's: `all` is of all requests, whoever answered. */
export const METRICS = [
  { name: 'tps', total: 'sum' },
  { name: 'p50', total: 'all' },
  { name: 'p95', total: 'all' },
  { name: 'p99', total: 'all' },
  { name: 'errors', total: 'sum' },
  { name: 'cpu', total: 'sum' },
  { name: 'memory', total: 'sum' },
  { name: 'heap', total: 'sum' },
  { name: 'delay', total: 'max' },
  { name: 'connections', total: 'sum' },
] as const;
export type Metric = (typeof METRICS)[number]['name'];

/** A piece of the last 15 minutes. */
export interface HistoryView {
  /** Length of a slot, ms. */
  step: number;
  /** When the first slot began, ms since the epoch. */
  first: number;
  /** One row per metric, in the order of {@link METRICS}; null where nothing is known. */
  total: (number | null)[][];
  workers: { pid: number; rows: (number | null)[][] }[];
}

/** What one process shows as its status: a number, any other value as text, or why there is none. */
export interface StatusEntryView {
  pid: number;
  value?: number | string;
  error?: string;
}

export interface StatusView {
  name: string;
  entries: StatusEntryView[];
}

export interface Feeds {
  cluster: { whole: ClusterView; delta: ClusterDelta };
  host: { whole: HostView | null; delta: HostView };
  charts: { whole: HistoryView; delta: HistoryView };
  log: { whole: LogLine[]; delta: LogLine[] };
  statuses: { whole: StatusView[]; delta: StatusView[] };
  /** null: the cluster has no cache. */
  caches: { whole: CacheSummary[] | null; delta: CacheSummary[] | null };
}
export type FeedName = keyof Feeds;

/** What a visitor can ask for. */
export type Action =
  | { type: 'mark'; mark: 'up' | 'down' }
  | { type: 'pause' | 'resume' | 'retire'; pid: number }
  | { type: 'reload' }
  | { type: 'forget'; cache: string; key: string };

/** Where a page of entries begins: a cursor of the cache manager's, and how many keys behind it. */
export interface EntriesPlace {
  cursor: number;
  skip: number;
}

export interface EntriesQuery {
  type: 'entries';
  cache: string;
  /** Of the key; empty for all. */
  contains: string;
  /** @default the beginning */
  from?: EntriesPlace | undefined;
}

export interface EntriesPage {
  entries: CacheEntry[];
  /** Absent after the last page. */
  next?: EntriesPlace | undefined;
}

/** What became of what a visitor asked for. */
export type Answer<T> = { done: true; result: T } | { done: false; code: string; message: string };

export interface ServerEvents {
  hello(hello: Hello): void;
  whole<N extends FeedName>(feed: N, whole: Feeds[N]['whole']): void;
  delta<N extends FeedName>(feed: N, delta: Feeds[N]['delta']): void;
}

export interface PageEvents {
  /** Exactly these feeds from now on. */
  watch(feeds: FeedName[]): void;
  act(action: Action, told: (answer: Answer<null>) => void): void;
  entries(query: EntriesQuery, told: (answer: Answer<EntriesPage>) => void): void;
}

/** How it stands with debugging one worker. */
export interface SessionView {
  pid: number;
  /** Why the cluster could not be asked. */
  problem?: string;
  worker?: WorkerState;
  /** Workers that serve meanwhile. */
  others?: number;
  /** Which way to debug it is offered first. */
  offer?: 'aside' | 'stay';
  /** Absent while nobody debugs it. */
  lease?: LeaseView;
  /** Nobody debugs it any more, and it is not yet as it was. */
  ending?: true;
  /** How to install Chrome's DevTools, where the monitor does not find it. */
  howToInstall?: string;
}

/** Something that has just happened in a session. */
export interface SessionNotice {
  text: string;
  /** What the person wanted has not happened, or not all of it: it is shown until it is dismissed. */
  failed: boolean;
  /** A reload of the cluster brings it about, and is offered. */
  reloadHelps: boolean;
}

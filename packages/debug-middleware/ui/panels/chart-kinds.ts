import { type HistoryView, METRICS, type Metric } from '../../src/view.ts';
import { bytes, milliseconds, number } from '../format.ts';

/** What a chart is about. */
export interface ChartKind {
  title: string;
  /** How the workers' values are one, or what its lines are. */
  together: string;
  /** A line each, of all workers together. */
  metrics: readonly [Metric, ...Metric[]];
  /** Of each worker there is one line: what it is of. The first of `metrics` where nothing is said. */
  each?: { metric: Metric; note: string };
  format: (value: number) => string;
  /** Bytes, in steps of powers of two. */
  countsBytes?: boolean;
}

export const CHARTS: readonly ChartKind[] = [
  { title: 'Requests per second', together: 'sum', metrics: ['tps'], format: number },
  {
    title: 'Latency',
    together: 'of all requests',
    metrics: ['p50', 'p95', 'p99'],
    each: { metric: 'p95', note: '95th percentile' },
    format: milliseconds,
  },
  { title: 'Errors per second', together: 'sum', metrics: ['errors'], format: number },
  { title: 'CPU, % of one core', together: 'sum', metrics: ['cpu'], format: value => `${number(value)} %` },
  { title: 'Memory', together: 'sum', metrics: ['memory'], format: bytes, countsBytes: true },
  { title: 'Heap', together: 'sum', metrics: ['heap'], format: bytes, countsBytes: true },
  { title: 'Event-loop delay, 99th percentile', together: 'worst', metrics: ['delay'], format: milliseconds },
  { title: 'Open connections', together: 'sum', metrics: ['connections'], format: number },
];

/** The rows of a chart's lines, of the workers together. */
export function rowsTogether({ metrics }: ChartKind, { total }: HistoryView): (number | null)[][] {
  return metrics.map(metric => total[indexOf(metric)] ?? []);
}

/** The same of each worker. */
export function rowsOfEach({ metrics, each }: ChartKind, { workers }: HistoryView): (number | null)[][] {
  return workers.map(({ rows }) => rows[indexOf(each?.metric ?? metrics[0])] ?? []);
}

const indexOf = (metric: Metric): number => METRICS.findIndex(({ name }) => name === metric);

/** What a process measures, as it travels to the master: the form of prom-client's `getMetricsAsJSON()`. */
export interface MetricFamily {
  name: string;
  help: string;
  type: MetricType;
  /** How the values that several processes have under the same labels become one. */
  aggregator: MetricAggregator;
  values: MetricSample[];
}

/** All but the gauge count from the process's start on, and are kept when it has died. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary';
/** `omit`: not shown at all. */
export type MetricAggregator = 'sum' | 'average' | 'min' | 'max' | 'first' | 'omit';

export interface MetricSample {
  labels: Record<string, string | number>;
  value: number;
  /** Of a histogram or a summary: `…_bucket`, `…_sum` or `…_count`. */
  metricName?: string | undefined;
}

/** Event, worker → master: `(families)`, each in place of what was told before under its name. */
export const METRICS = 'metrics';

import type { MetricFamily, MetricSample } from '@troupe/ipc';

type Value = readonly [labels: MetricSample['labels'], value: number, metricName?: string];

/** A family whose name, type and values a test cares about. */
export function family(
  name: string,
  type: MetricFamily['type'],
  values: readonly Value[],
  aggregator: MetricFamily['aggregator'] = 'sum',
): MetricFamily {
  return {
    name,
    help: `What ${name} is.`,
    type,
    aggregator,
    values: values.map(([labels, value, metricName]) => ({ labels, value, ...(metricName && { metricName }) })),
  };
}

export const counter = (name: string, value: number, labels: MetricSample['labels'] = {}): MetricFamily =>
  family(name, 'counter', [[labels, value]]);

import type { MetricAggregator, MetricFamily, MetricSample } from '@troupe/ipc';

/** A value and the labels that tell it from the others of its family. */
type Labelled = readonly [labels: MetricSample['labels'], value: number];

/** What only grows while a process lives. */
export function counter(name: string, help: string, ...values: Labelled[]): MetricFamily {
  return family('counter', name, help, 'sum', values);
}

/** What a process has or is just now. */
export function gauge(name: string, help: string, ...values: Labelled[]): MetricFamily {
  return family('gauge', name, help, 'sum', values);
}

/** A gauge of which the worst process is shown. */
export function worst(name: string, help: string, ...values: Labelled[]): MetricFamily {
  return family('gauge', name, help, 'max', values);
}

function family(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  aggregator: MetricAggregator,
  values: readonly Labelled[],
): MetricFamily {
  return { name, help, type, aggregator, values: values.map(([labels, value]) => ({ labels, value })) };
}

import type { MetricAggregator, MetricFamily, MetricSample, MetricType } from '@troupe/ipc';

/** A copy of prom-client that the application has loaded, whichever way it came to it. */
const PROM_CLIENT = /[\\/]node_modules[\\/]prom-client[\\/]index\.js$/;

/** What is used of prom-client (12 to 15): Troupe itself loads none in a worker. */
interface Register {
  getMetricsAsArray(): Metric[];
  /** What `setDefaultLabels` was given: there is no other way to learn it. */
  _defaultLabels?: MetricSample['labels'];
}
interface Metric {
  name: string;
  type: MetricType;
  /** Asks the application for a fresh value; may take its time. */
  collect?: unknown;
  get(): Promise<{
    help: string;
    values: { labels?: MetricSample['labels']; value: number; metricName?: string }[];
    aggregator?: MetricAggregator;
  }>;
}

/** What the application's counters stand at, without calling anything of the application's. */
export async function userCounters(failed: (name: string, error: unknown) => void): Promise<MetricFamily[]> {
  return read(metric => metric.type !== 'gauge' && metric.collect === undefined, failed);
}

/** Everything in the default registers of prom-client. Metrics whose `collect` fails are left out. */
export async function userMetrics(failed: (name: string, error: unknown) => void): Promise<MetricFamily[]> {
  // Those that may take time come first: what is read in no time is then as new as when it is told.
  const slow = await read(metric => metric.collect !== undefined, failed);
  return [...slow, ...(await read(metric => metric.collect === undefined, failed))];
}

async function read(
  wanted: (metric: Metric) => boolean,
  failed: (name: string, error: unknown) => void,
): Promise<MetricFamily[]> {
  const reading = registers().flatMap(register =>
    register
      .getMetricsAsArray()
      .filter(wanted)
      .map(metric =>
        toFamily(metric, register._defaultLabels).catch((error: unknown) => {
          failed(metric.name, error);
          return [];
        }),
      ),
  );
  return (await Promise.all(reading)).flat();
}

async function toFamily(metric: Metric, defaultLabels: MetricSample['labels'] = {}): Promise<MetricFamily[]> {
  const { help, values, aggregator = 'sum' } = await metric.get();
  const { name, type } = metric;
  const samples = values.map(({ labels, value, metricName }) => ({
    labels: { ...defaultLabels, ...labels },
    value,
    ...(metricName !== undefined && { metricName }),
  }));
  return [{ name, help, type, aggregator, values: samples }];
}

function registers(): Register[] {
  const { cache } = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  return Object.keys(cache)
    .filter(file => PROM_CLIENT.test(file))
    .flatMap(file => (isRegister(cache[file]?.exports?.register) ? [cache[file].exports.register] : []));
}

const isRegister = (value: unknown): value is Register =>
  typeof value === 'object' && value !== null && 'getMetricsAsArray' in value;

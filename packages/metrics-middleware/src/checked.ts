import type { MetricFamily, MetricSample } from '@troupe/ipc';

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const TYPES: ReadonlySet<unknown> = new Set([
  'counter',
  'gauge',
  'histogram',
  'summary',
] satisfies MetricFamily['type'][]);
const AGGREGATORS: ReadonlySet<unknown> = new Set([
  'sum',
  'average',
  'min',
  'max',
  'first',
  'omit',
] satisfies MetricFamily['aggregator'][]);

/** Those families of what a worker sent that can be shown: one that is malformed would spoil the page for all. */
export function checked(families: unknown): MetricFamily[] {
  return Array.isArray(families) ? families.filter(isFamily) : [];
}

function isFamily(value: unknown): value is MetricFamily {
  return (
    isRecord(value) &&
    isText(value.name, NAME) &&
    typeof value.help === 'string' &&
    TYPES.has(value.type) &&
    AGGREGATORS.has(value.aggregator) &&
    Array.isArray(value.values) &&
    value.values.every(isSample)
  );
}

function isSample(value: unknown): value is MetricSample {
  return (
    isRecord(value) &&
    typeof value.value === 'number' &&
    (value.metricName === undefined || isText(value.metricName, NAME)) &&
    isRecord(value.labels) &&
    Object.entries(value.labels).every(
      ([name, label]) => LABEL.test(name) && (typeof label === 'string' || typeof label === 'number'),
    )
  );
}

const isText = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

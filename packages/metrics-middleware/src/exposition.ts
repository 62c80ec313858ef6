import type { MetricFamily } from '@troupe/ipc';

export const PROMETHEUS = 'text/plain';
export const OPEN_METRICS = 'application/openmetrics-text';

/**
 * The families as text, and its full content type. A counter `x_total` is called `x` in OpenMetrics; where there is another
 * `x` beside it, this stays with Prometheus's own format. prom-client is loaded by the first call.
 */
export async function exposition(
  families: readonly MetricFamily[],
  format: typeof PROMETHEUS | typeof OPEN_METRICS,
): Promise<{ type: string; text: string }> {
  const { AggregatorRegistry, Registry } = (await import('prom-client')).default;
  const open = families.map(withoutTotal);
  const isOpen = format === OPEN_METRICS && new Set(open.map(({ name }) => name)).size === open.length;
  const type = isOpen ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
  const registry = AggregatorRegistry.aggregate([isOpen ? open : [...families]]);
  registry.setContentType(type);
  return { type, text: await registry.metrics() };
}

/** prom-client would add `_total` to the name a counter has, and it has it already. */
function withoutTotal(family: MetricFamily): MetricFamily {
  return family.type === 'counter' ? { ...family, name: family.name.replace(/_total$/, '') } : family;
}

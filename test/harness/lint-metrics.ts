import type { Exposition } from './exposition.ts';

/** Prometheus measures in these alone: https://prometheus.io/docs/practices/naming/#base-units. */
const BASE_UNITS: Readonly<Record<string, readonly string[]>> = {
  seconds: ['milliseconds', 'microseconds', 'nanoseconds', 'minutes', 'hours', 'days', 'weeks', 'ms', 'us', 'ns', 's'],
  bytes: ['bits', 'kilobytes', 'kibibytes', 'megabytes', 'mebibytes', 'gigabytes', 'gibibytes', 'kb', 'mb', 'gb', 'b'],
  ratio: ['percent', 'percents', 'percentage'],
  celsius: ['fahrenheit', 'kelvin'],
  meters: ['kilometers', 'centimeters', 'millimeters', 'miles', 'feet', 'inches', 'yards'],
  grams: ['kilograms', 'milligrams', 'ounces', 'pounds'],
};
const TYPES = ['counter', 'gauge', 'histogram', 'summary'];
const WITH_PARTS = ['histogram', 'summary'];

/**
 * What `promtool check metrics` would say of the families whose name begins so, by the rules of Prometheus's linter.
 * Pages in Prometheus's own format only: in OpenMetrics a family of counters has no `_total`.
 */
export function lint(page: Exposition, prefix: string): string[] {
  return [...page.families]
    .filter(([name]) => name.startsWith(prefix))
    .flatMap(([name, { type, help }]) =>
      problemsOf(name, type, help, labelsOf(page, name)).map(problem => `${name}: ${problem}`),
    );
}

function problemsOf(name: string, type: string, help: string, labels: ReadonlySet<string>): string[] {
  const words = name.split('_');
  const unit = Object.entries(BASE_UNITS).find(([, others]) => others.some(other => words.includes(other)));
  const problems: [wrong: boolean, problem: string][] = [
    [help.trim() === '', 'no help text'],
    [type === 'counter' && !name.endsWith('_total'), 'a counter ends in "_total"'],
    [type !== 'counter' && name.endsWith('_total'), 'only a counter ends in "_total"'],
    [type !== 'histogram' && name.endsWith('_bucket'), 'only a histogram has "_bucket"'],
    [!WITH_PARTS.includes(type) && /_(count|sum)$/.test(name), 'only a histogram or summary has "_count" or "_sum"'],
    [type !== 'histogram' && labels.has('le'), 'only a histogram has the label "le"'],
    [type !== 'summary' && labels.has('quantile'), 'only a summary has the label "quantile"'],
    [name.includes(':'), 'a colon is for recording rules'],
    [/[a-z][A-Z]/.test(name), 'snake_case, not camelCase'],
    [[...labels].some(label => /[a-z][A-Z]/.test(label)), 'its labels in snake_case, not camelCase'],
    [TYPES.some(each => words.includes(each)), 'its type does not belong into its name'],
    [unit !== undefined, `in ${unit?.[0]}, which is the base unit`],
  ];
  return problems.flatMap(([wrong, problem]) => (wrong ? [problem] : []));
}

function labelsOf(page: Exposition, family: string): Set<string> {
  const samples = [...page.series.values()].filter(sample => sample.family === family);
  return new Set(samples.flatMap(({ labels }) => [...labels.keys()]));
}

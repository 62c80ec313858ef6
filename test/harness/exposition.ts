/**
 * Reads what Prometheus and OpenMetrics allow, and nothing else: every line has to be one of theirs, each family stands in
 * one piece behind its type, no series comes twice, and buckets add up.
 */

export interface Sample {
  family: string;
  type: string;
  name: string;
  labels: ReadonlyMap<string, string>;
  value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const NUMBER = '[-+]?(?:\\d+(?:\\.\\d*)?(?:[eE][-+]?\\d+)?|Inf)|Na[Nn]';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (${NUMBER})$`);
const META = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`);
const SUFFIXES: Record<string, readonly string[]> = {
  gauge: [''],
  counter: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

export class Exposition {
  /** By name and labels, as they stand there. */
  readonly series = new Map<string, Sample>();
  /** By name. */
  readonly families = new Map<string, { type: string; help: string }>();

  constructor(text: string, contentType: string) {
    const isOpen = contentType.startsWith('application/openmetrics-text');
    if (isOpen && !text.endsWith('\n# EOF\n')) throw new Error('OpenMetrics end with # EOF');
    const lines = (isOpen ? text.slice(0, -'# EOF\n'.length) : text).split('\n');
    if (lines.pop() !== '') throw new Error('the last line has no end');
    const helps = new Map<string, string>();
    let family = '';
    for (const line of lines) {
      if (line === '' && !isOpen) continue;
      const [, keyword, of = '', rest = ''] = META.exec(line) ?? [];
      if (keyword === 'HELP') {
        if (helps.has(of)) throw new Error(`a second time: ${line}`);
        helps.set(of, rest);
      } else if (keyword === 'TYPE') {
        if (this.families.has(of) || !(rest in SUFFIXES)) throw new Error(`not here, or not this: ${line}`);
        this.families.set(of, { type: rest, help: helps.get(of) ?? '' });
        family = of;
      } else this.#take(line, family, this.families.get(family)?.type ?? '', isOpen);
    }
    this.#checkHistograms();
  }

  /** The value of the one series of this name that has these labels. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    const found = [...this.series.values()].filter(
      sample =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels.get(key) === value),
    );
    if (found.length > 1) throw new Error(`${found.length} series are ${name} ${JSON.stringify(labels)}`);
    return found[0]?.value;
  }

  /** Everything that may only grow. */
  cumulative(): Map<string, number> {
    return new Map([...this.series].flatMap(([key, { type, value }]) => (type === 'gauge' ? [] : [[key, value]])));
  }

  #take(line: string, family: string, type: string, isOpen: boolean): void {
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (name === '') throw new Error(`no line of an exposition: ${line}`);
    const suffixes = isOpen && type === 'counter' ? ['_total'] : SUFFIXES[type];
    if (!suffixes?.some(suffix => name === family + suffix)) throw new Error(`not of the ${type} ${family}: ${line}`);
    const pairs = [...labels.matchAll(new RegExp(LABEL, 'g'))].map(([pair]) => pair);
    const key = `${name}{${pairs.sort().join()}}`;
    const split = pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 2, -1)] as const);
    if (this.series.has(key) || new Map(split).size !== split.length) throw new Error(`twice: ${line}`);
    this.series.set(key, {
      family,
      type,
      name,
      labels: new Map(split),
      value: Number(value.replace('Inf', 'Infinity')),
    });
  }

  #checkHistograms(): void {
    const rows = new Map<string, Sample[]>();
    for (const sample of this.series.values()) {
      if (sample.type !== 'histogram') continue;
      const row = `${sample.family} ${JSON.stringify([...sample.labels].filter(([name]) => name !== 'le').sort())}`;
      rows.set(row, [...(rows.get(row) ?? []), sample]);
    }
    for (const [row, samples] of rows) {
      const of = (suffix: string) => samples.filter(({ name }) => name.endsWith(suffix));
      const bounds = of('_bucket').map(({ labels }) => Number(labels.get('le')?.replace('Inf', 'Infinity')));
      const counts = of('_bucket').map(({ value }) => value);
      const rises = (numbers: number[]) => numbers.every((number, i) => i === 0 || number >= Number(numbers[i - 1]));
      const isWhole =
        rises(bounds) && rises(counts) && bounds.at(-1) === Number.POSITIVE_INFINITY && of('_sum').length === 1;
      if (!isWhole || counts.at(-1) !== of('_count')[0]?.value) throw new Error(`no histogram: ${row}`);
    }
  }
}

/** Reads a page of metrics. @param accept what to ask for */
export async function scrape(url: string, accept = '*/*'): Promise<Exposition> {
  const response = await fetch(url, { headers: { accept } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return new Exposition(text, String(response.headers.get('content-type')));
}

/** Numbers as people read them. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Three figures: `1234` → `1,234`, `12.34` → `12.3`, `0.5` → `0.5`. */
export function number(value: number): string {
  const size = Math.abs(value);
  return value.toLocaleString('en', { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2 });
}

/** In steps of 1024. */
export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  return `${number(value / 1024 ** power)} ${UNITS[power]}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `0.4 ms`, `12 ms`, `1.2 s`. */
export function milliseconds(ms: number): string {
  if (ms >= 1_000) return `${number(ms / 1_000)} s`;
  return `${ms >= 10 ? Math.round(ms) : number(ms)} ms`;
}

/** `2 / 8.5 / 31 ms`: all in the unit that suits the last. */
export function times(...ms: number[]): string {
  const inSeconds = (ms.at(-1) ?? 0) >= 1_000;
  const texts = ms.map(each =>
    inSeconds ? number(each / 1_000) : each >= 10 ? String(Math.round(each)) : number(each),
  );
  return `${texts.join(' / ')} ${inSeconds ? 's' : 'ms'}`;
}

/** The two largest units: `3 d 4 h`, `5 min`, `12 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return both(Math.floor(seconds / 3_600), 'h', Math.floor((seconds % 3_600) / 60), 'min');
  return both(Math.floor(seconds / 86_400), 'd', Math.floor((seconds % 86_400) / 3_600), 'h');
}

/** `14:03:07` of the day, by the browser's clock and zone. */
export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function both(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

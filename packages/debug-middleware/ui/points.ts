export const WIDTH = 72;
export const HEIGHT = 20;

/** Where the line goes; what is not known is left out. */
export function points(values: readonly (number | null)[]): string {
  const known = values.filter(value => value !== null);
  const top = Math.max(...known, 1e-9);
  const step = WIDTH / Math.max(1, values.length - 1);
  return values
    .flatMap((value, index) =>
      value === null ? [] : [`${(index * step).toFixed(1)},${(HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1)}`],
    )
    .join(' ');
}

import { setAttribute, svg } from './dom.ts';

const WIDTH = 72;
const HEIGHT = 20;

/** A little line of how something went, on its own scale. It says nothing that the number beside it does not. */
export class Sparkline {
  readonly element: SVGElement;
  readonly #line = svg('polyline', { points: '' });

  constructor() {
    const view = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, 'aria-hidden': 'true' };
    this.element = svg('svg', { ...view, class: 'spark' }, this.#line);
  }

  update(values: readonly (number | null)[]): void {
    setAttribute(this.#line, 'points', points(values));
  }
}

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

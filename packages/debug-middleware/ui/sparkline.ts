import { setAttribute, svg } from './dom.ts';
import { HEIGHT, points, WIDTH } from './points.ts';

/** A little line of how something went, on its own scale. It says nothing that the number beside it does not. */
export class Sparkline {
  readonly element: SVGElement;
  readonly #floor = svg('path', { d: `M0 ${HEIGHT - 0.5}H${WIDTH}` });
  readonly #line = svg('polyline', { points: '' });

  constructor() {
    const view = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, 'aria-hidden': 'true' };
    this.element = svg('svg', { ...view, class: 'spark' }, this.#floor, this.#line);
  }

  update(values: readonly (number | null)[]): void {
    setAttribute(this.#line, 'points', points(values));
  }
}

/**
 * A sum that does not depend on the order of what is added, as sums of floating-point numbers otherwise do. Without it a
 * counter would fall by its last bit when a worker dies and its part is added elsewhere, and Prometheus takes any fall for a
 * restart from zero. The algorithm is Shewchuk's: the sum is kept as numbers whose bits do not overlap.
 */
export class ExactSum {
  /** From the smallest to the largest. */
  #parts: number[] = [];
  /** Infinities and what is no number: added as usual. */
  #beyond = 0;

  add(value: number): this {
    if (!Number.isFinite(value)) {
      this.#beyond += value;
      return this;
    }
    const parts: number[] = [];
    let sum = value;
    for (const part of this.#parts) {
      const [high, low] = twoSum(sum, part);
      if (low !== 0) parts.push(low);
      sum = high;
    }
    parts.push(sum);
    this.#parts = parts;
    return this;
  }

  copy(): ExactSum {
    const copy = new ExactSum();
    copy.#parts = this.#parts;
    copy.#beyond = this.#beyond;
    return copy;
  }

  /** The nearest number to the sum. */
  get value(): number {
    if (this.#beyond !== 0) return this.#beyond;
    const rest = [...this.#parts];
    let high = rest.pop() ?? 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      const [sum, low] = twoSum(high, part);
      high = sum;
      if (low === 0) continue;
      // Half-way between two numbers, what is left decides.
      const next = rest.pop() ?? 0;
      const doubled = low * 2;
      if (Math.sign(next) === Math.sign(low) && high + doubled - high === doubled) high += doubled;
      break;
    }
    return high;
  }
}

/** A sum and its rounding error. */
function twoSum(a: number, b: number): [high: number, low: number] {
  const high = a + b;
  const part = high - a;
  return [high, a - (high - part) + (b - part)];
}

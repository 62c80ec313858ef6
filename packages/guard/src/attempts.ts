import { isIPv6 } from 'node:net';

/** Wrong tokens an address may send in one window before it has to wait. */
export const MAX_FAILURES = 10;
/** ms. */
export const WINDOW = 60_000;
/** Addresses remembered at a time. */
const MAX_ADDRESSES = 1_000;

/** Counts wrong tokens by address, so that a token cannot be guessed at the speed of the network. */
export class Attempts {
  readonly #now: () => number;
  readonly #failures = new Map<string, { count: number; until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns the seconds an address has to wait; 0 when it may try. */
  wait(address: string): number {
    const entry = this.#failures.get(keyOf(address));
    if (!entry || entry.count < MAX_FAILURES) return 0;
    return Math.max(0, Math.ceil((entry.until - this.#now()) / 1000));
  }

  failed(address: string): void {
    const key = keyOf(address);
    const known = this.#failures.get(key);
    const entry = known && known.until > this.#now() ? known : { count: 0, until: this.#now() + WINDOW };
    entry.count += 1;
    this.#failures.delete(key);
    this.#failures.set(key, entry);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(address: string): void {
    this.#failures.delete(keyOf(address));
  }
}

/** Whoever has an IPv6 address has its whole /64. */
function keyOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::')) return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':');
  const missing = 8 - groups.length - tail.split(':').filter(Boolean).length;
  return [...groups, ...(address.includes('::') ? Array<string>(missing).fill('0') : [])].slice(0, 4).join(':');
}

import type { Stored } from '../stored.ts';

/** A copy of an entry in this process. */
export interface NearEntry {
  readonly value: Stored;
  /** It is fresh until then, and must not be read later; by this process's clock, ms. */
  readonly until: number;
  /** From then on whoever can load it anew should. */
  readonly refreshFrom: number;
  /** What readers get, if it is the same for all. */
  ready?: unknown;
}

export interface NearLimits {
  maxEntries: number;
  /** Keys, values, and 200 for each entry. */
  maxBytes: number;
}

const ENTRY_OVERHEAD = 200;

/**
 * What this process has read, bounded. Least recently used by generations: what is read moves to the young one, and when
 * that is half of what is allowed, the old one is forgotten. A hit costs no more than reading a map.
 */
export class NearStore {
  readonly #limits: NearLimits;
  #young = new Map<string, NearEntry>();
  #old = new Map<string, NearEntry>();
  #youngBytes = 0;
  #oldBytes = 0;

  constructor(limits: NearLimits) {
    this.#limits = limits;
  }

  /** Whether anything may be kept at all. */
  get isOn(): boolean {
    return this.#limits.maxEntries > 0 && this.#limits.maxBytes > 0;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  get(key: string): NearEntry | undefined {
    return this.#young.get(key) ?? this.#fromOld(key);
  }

  set(key: string, entry: NearEntry): void {
    this.delete(key);
    const size = sizeOf(key, entry);
    const { maxEntries, maxBytes } = this.#limits;
    if (maxEntries === 0 || size * 2 > maxBytes) return;
    if ((this.#young.size + 1) * 2 > maxEntries || (this.#youngBytes + size) * 2 > maxBytes) this.#age();
    this.#young.set(key, entry);
    this.#youngBytes += size;
  }

  delete(key: string): void {
    const young = this.#young.size === 0 ? undefined : this.#young.get(key);
    if (young !== undefined) {
      this.#young.delete(key);
      this.#youngBytes -= sizeOf(key, young);
    }
    const old = this.#old.size === 0 ? undefined : this.#old.get(key);
    if (old === undefined) return;
    this.#old.delete(key);
    this.#oldBytes -= sizeOf(key, old);
  }

  clear(): void {
    this.#age();
    this.#age();
  }

  #fromOld(key: string): NearEntry | undefined {
    const entry = this.#old.get(key);
    if (entry !== undefined) this.set(key, entry);
    return entry;
  }

  #age(): void {
    this.#old = this.#young;
    this.#oldBytes = this.#youngBytes;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}

function sizeOf(key: string, { value }: NearEntry): number {
  return ENTRY_OVERHEAD + key.length + value.length;
}

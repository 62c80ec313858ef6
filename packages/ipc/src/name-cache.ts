/** Longer names are decoded each time. */
const MOST_BYTES = 64;

/** What Buffer's `toString` comes to once it has looked at the encoding it is given, which takes longer than the rest. */
interface Texts {
  utf8Slice(start: number, end: number): string;
}

/**
 * Decodes names, of which the same ones come again and again: a known one is found by its bytes, which is faster than to
 * decode it, and so is what is done with the one string afterwards. It never grows: names that meet in a slot displace
 * each other.
 */
export class NameCache {
  /** Names of which each character is one byte. */
  readonly #slots: string[];

  /** @param slots how many names it knows at most; a power of two */
  constructor(slots: number) {
    this.#slots = new Array<string>(slots).fill('');
  }

  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0 || length > MOST_BYTES) return utf8In(bytes, start, end);
    let hash = 0;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
    const known = this.#slots[slot] as string;
    if (isAt(known, bytes, start, length)) return known;
    const name = utf8In(bytes, start, end);
    // Otherwise its characters could be the bytes of another.
    if (name.length === length) this.#slots[slot] = name;
    return name;
  }
}

function utf8In(bytes: Buffer, start: number, end: number): string {
  return (bytes as Buffer & Texts).utf8Slice(start, end);
}

function isAt(known: string, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

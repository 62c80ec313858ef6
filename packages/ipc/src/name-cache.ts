const SLOTS = 256;
/** Longer names are decoded each time. */
const MOST_BYTES = 64;

interface Entry {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/**
 * Decodes names, of which the same few come again and again: a known one is found by its bytes, which is faster than to
 * decode it, and so is what is done with the one string afterwards. It never grows: names that meet in a slot displace
 * each other.
 */
export class NameCache {
  readonly #slots = new Array<Entry | undefined>(SLOTS).fill(undefined);

  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0 || length > MOST_BYTES) return bytes.toString('utf8', start, end);
    const slot = (length * 31 + (bytes[end - 1] ?? 0) * 7 + (bytes[start + (length >> 1)] ?? 0)) % SLOTS;
    const known = this.#slots[slot];
    if (known !== undefined && isAt(known.bytes, bytes, start, length)) return known.name;
    const name = bytes.toString('utf8', start, end);
    this.#slots[slot] = { bytes: Uint8Array.prototype.slice.call(bytes, start, end), name };
    return name;
  }
}

function isAt(known: Uint8Array, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}

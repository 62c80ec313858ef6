/** Lists of at least this many objects are worth records. */
const LONG_LIST = 16;

/**
 * Whether a value is made of primitives, plain objects, short lists, dates and bytes alone: what a message mostly is, and
 * what survives a coding that knows no `Map`.
 */
export function isSimple(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (value.constructor === Object) {
    const object = value as Record<string, unknown>;
    for (const key in object) if (!isSimple(object[key])) return false;
    return true;
  }
  if (Array.isArray(value)) {
    if (value.length >= LONG_LIST && typeof value[0] === 'object') return false;
    return value.every(isSimple);
  }
  return value instanceof Date || ArrayBuffer.isView(value);
}

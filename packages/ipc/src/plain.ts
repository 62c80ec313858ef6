/** Deeper values are left to those who can say that a value is a cycle. */
const MAX_DEPTH = 32;

/**
 * Whether JSON carries a value as it is: text, finite numbers, booleans, null, and lists and plain objects of them. Not so
 * `undefined` and holes (JSON drops or replaces them), -0, and keys that mean something to whoever copies them.
 */
export function isPlain(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      if (value === null) return true;
      if (depth === MAX_DEPTH) return false;
      return Array.isArray(value) ? isPlainList(value, depth + 1) : isPlainObject(value, depth + 1);
    default:
      return false;
  }
}

function isPlainList(list: readonly unknown[], depth: number): boolean {
  // Not every(): it passes over holes.
  for (const element of list) if (!isPlain(element, depth)) return false;
  return true;
}

function isPlainObject(object: object, depth: number): boolean {
  if (object.constructor !== Object) return false;
  for (const [key, value] of Object.entries(object)) if (key === '__proto__' || !isPlain(value, depth)) return false;
  return true;
}

/** Reads JSON of a peer: no key of it reaches a prototype, even where somebody copies what came. */
export function parsePlain(text: string): unknown {
  // JSON may write any character as an escape.
  return MAY_NAME_A_PROTOTYPE.test(text) ? JSON.parse(text, withoutPrototypes) : JSON.parse(text);
}

const MAY_NAME_A_PROTOTYPE = /__proto__|\\u/;
const withoutPrototypes = (key: string, value: unknown) => (key === '__proto__' ? undefined : value);

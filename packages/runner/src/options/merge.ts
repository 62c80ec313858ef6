/** Deep merge of plain option groups; the right side wins, `undefined` says nothing, everything else is taken as it is. */
export function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isGroupLike(base) || !isGroupLike(over)) return over === true && isGroupLike(base) ? base : over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(merged[key], value);
  return merged;
}

/** Instances (a guard, a logger, an application) are values, not groups. */
function isGroupLike(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

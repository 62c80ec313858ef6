import leven from 'leven';
import * as v from 'valibot';
import { isGroup, type Table } from './schema.ts';

/** One thing that is wrong with the options. */
export interface Problem {
  /** Dotted, for example `ecv.mode`. */
  path: string;
  message: string;
}

/** Every problem of `options`, in the order in which the options were given. */
export function findProblems(options: unknown, table: Table, prefix = ''): Problem[] {
  if (!isPlainObject(options)) {
    return [{ path: prefix || 'options', message: `given ${show(options)}, allowed: an object` }];
  }
  return Object.entries(options).flatMap(([key, value]) => {
    const path = prefix ? `${prefix}.${key}` : key;
    const entry = Object.hasOwn(table, key) ? table[key] : undefined;
    if (!entry) return [{ path, message: `unknown option${suggest(key, table)}` }];
    if (value === undefined) return [];
    if (isGroup(entry)) {
      return entry.switchable && typeof value === 'boolean' ? [] : findProblems(value, entry.entries, path);
    }
    if (v.is(entry.schema, value)) return [];
    return [{ path, message: `given ${entry.secret ? 'a secret' : show(value)}, allowed: ${entry.allowed}` }];
  });
}

/** The known name nearest to a mistyped one, if any is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = leven(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function suggest(key: string, table: Table): string {
  const guess = nearest(key, Object.keys(table));
  return guess ? `, did you mean ${guess}?` : `; known here: ${Object.keys(table).join(', ')}`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it can stand in a message. */
function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

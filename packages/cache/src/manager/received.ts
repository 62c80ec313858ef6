/** Values that processes sent for the manager itself, checked. */
import { decode, isRecord, messageOf } from '@troupe/ipc/transport';
import { malformed } from '../errors.ts';
import type { SharedOptions } from '../options.ts';
import { type Stored, toBytes } from '../stored.ts';
import type { Tally } from './peer.ts';

/** @throws TROUPE_ERR_CACHE_MALFORMED */
export function valueIn(value: Stored | undefined): Record<string, unknown> {
  let decoded: unknown;
  try {
    const bytes = toBytes(value ?? '');
    decoded = decode(bytes, 0, bytes.length);
  } catch (problem) {
    throw malformed(messageOf(problem));
  }
  if (!isRecord(decoded)) throw malformed('its value is no object');
  return decoded;
}

/** @throws TROUPE_ERR_CACHE_MALFORMED */
export function sharedOptionsIn(value: Stored | undefined): SharedOptions {
  const { persist, timeout, maxEntries, maxBytes, staleWhileRevalidate } = valueIn(value);
  return {
    persist: persist === true,
    timeout: amountIn(timeout),
    maxEntries: amountIn(maxEntries),
    maxBytes: amountIn(maxBytes),
    staleWhileRevalidate: amountIn(staleWhileRevalidate),
  };
}

/** @throws TROUPE_ERR_CACHE_MALFORMED */
export function tallyIn(value: Stored | undefined): Tally {
  const { hits, entries, bytes } = valueIn(value);
  return { hits: amountIn(hits), entries: amountIn(entries), bytes: amountIn(bytes) };
}

function amountIn(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw malformed(`${value} is no amount`);
}

import { notStored } from '../errors.ts';
import { Kind } from '../protocol.ts';
import type { Stored } from '../stored.ts';
import type { Entry } from './entries.ts';
import type { Reader } from './peer.ts';
import { encodeRefusal } from './refusal.ts';

/** Answers what a process has asked. */
export function answer(reader: Reader, kind: Kind, id: number, value?: Stored, flags = 0): void {
  const cache = reader.number;
  // With the same fields as all others, so that what writes them meets one form of object.
  reader.peer.tell({
    kind,
    id,
    cache,
    flags,
    token: undefined,
    expire: undefined,
    cost: undefined,
    key: undefined,
    value,
  });
}

/** An answer that says how long the entry lasts. */
export function describe(
  reader: Reader,
  kind: Kind,
  id: number,
  flags: number,
  entry: Entry,
  now: number,
  value?: Stored,
  token?: number,
): void {
  const expire = entry.expiresAt === 0 ? undefined : Math.max(0, entry.expiresAt - now);
  const cost = entry.cost === 0 ? undefined : entry.cost;
  reader.peer.tell({ kind, id, cache: reader.number, flags, token, expire, cost, key: undefined, value });
}

export function refuse(reader: Reader, id: number, key: string, reason: string): void {
  answer(reader, Kind.refused, id, encodeRefusal(notStored(key, reason)));
}

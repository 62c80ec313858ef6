/** What the manager and other processes sent as values, decoded. */
import { decode, messageOf, toError } from '@troupe/ipc/transport';
import { CacheError, type CacheErrorCode, malformed } from '../errors.ts';
import { type Stored, toBytes } from '../stored.ts';

export function resultIn(value: Stored | undefined): unknown {
  const bytes = toBytes(value ?? '');
  try {
    return decode(bytes, 0, bytes.length);
  } catch (problem) {
    throw malformed(messageOf(problem));
  }
}

/** What a loader threw, in whatever process. */
export function failureIn(value: Stored | undefined): Error {
  return toError(resultIn(value));
}

/** Why the manager refused. */
export function refusalIn(value: Stored | undefined): CacheError {
  const { code, message } = resultIn(value) as { code: CacheErrorCode; message: string };
  return new CacheError(code, message);
}

/**
 * How an entry lies on disk. The database's key is a digest, since its own keys are bounded; name, key and expiry (wall
 * clock) stand in the record:
 *
 *     0   u32  CRC of what follows
 *     4   f64  when it expires, ms since the epoch; 0 for never
 *     12  u16  length of the cache's name
 *     14  u16  length of the key
 *     16       name, key, value
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const HEADER_BYTES = 16;
const CRC_BYTES = 4;

export interface DiskRecord {
  cache: string;
  key: string;
  value: Buffer;
  /** ms since the epoch; 0 for never. */
  expiresAt: number;
}

/** Under what a key is stored. */
export function diskKey(cache: string, key: string): Buffer {
  return createHash('sha256').update(`${cache.length}:${cache}${key}`).digest();
}

export function encodeRecord({ cache, key, value, expiresAt }: DiskRecord): Buffer {
  const name = Buffer.from(cache);
  const text = Buffer.from(key);
  const record = Buffer.concat([Buffer.alloc(HEADER_BYTES), name, text, value]);
  record.writeDoubleBE(expiresAt, 4);
  record.writeUInt16BE(name.length, 12);
  record.writeUInt16BE(text.length, 14);
  record.writeUInt32BE(crc32(record.subarray(CRC_BYTES)), 0);
  return record;
}

/** Nothing when it is damaged. */
export function decodeRecord(record: Buffer): DiskRecord | undefined {
  if (record.length < HEADER_BYTES || record.readUInt32BE(0) !== crc32(record.subarray(CRC_BYTES))) return undefined;
  const keyAt = HEADER_BYTES + record.readUInt16BE(12);
  const valueAt = keyAt + record.readUInt16BE(14);
  return {
    cache: record.toString('utf8', HEADER_BYTES, keyAt),
    key: record.toString('utf8', keyAt, valueAt),
    value: record.subarray(valueAt),
    expiresAt: record.readDoubleBE(4),
  };
}

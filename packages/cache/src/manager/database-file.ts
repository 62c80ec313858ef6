/**
 * Whether a file may be given to lmdb, which maps it into memory and trusts it: a foreign or a truncated one would not
 * make it fail, but end the process by SIGSEGV or SIGBUS.
 */
import { open } from 'node:fs/promises';

export const PAGE_BYTES = 4_096;
/** Of lmdb's two meta pages; see `struct MDB_meta` in its source. */
const MAGIC_AT = 24;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const META_BYTES = 160;
const MAGIC = 0xbeefc0de;

/** Why it must not be opened; undefined when it looks whole. A file that does not exist throws ENOENT. */
export async function problemOf(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(PAGE_BYTES + META_BYTES);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const metas = [head, head.subarray(PAGE_BYTES)];
    const isOurs = bytesRead === head.length && metas.every(meta => meta.readUInt32LE(MAGIC_AT) === MAGIC);
    if (!isOurs) return 'it is no database of this kind';
    const [first, second] = metas.map(meta => meta.readBigUInt64LE(TRANSACTION_AT));
    const latest = metas[(first ?? 0n) >= (second ?? 0n) ? 0 : 1] ?? head;
    const needed = (latest.readBigUInt64LE(LAST_PAGE_AT) + 1n) * BigInt(PAGE_BYTES);
    return size < needed ? `it has ${size} bytes where its last change left ${needed}` : undefined;
  } finally {
    await file.close();
  }
}

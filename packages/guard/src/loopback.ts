import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';

/** The two ends of a TCP connection, as its socket tells them. */
export interface Connection {
  remoteAddress?: string | undefined;
  remotePort?: number | undefined;
  localAddress?: string | undefined;
  localPort?: number | undefined;
}

/** What Linux shows in place of a uid that this user namespace has no number for: it says nothing about who it is. */
const OVERFLOW_UID = 65_534;
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const;

/** @returns the table's text; rejects where there is none. */
export type ReadTable = (path: string) => Promise<string>;

/** Whether a connection comes from this machine: both of its ends are loopback addresses. A Unix socket has neither. */
export function isLoopback({ remoteAddress, localAddress }: Connection): boolean {
  return [remoteAddress, localAddress].every(
    address => address !== undefined && (address === '::1' || unmapped(address).startsWith('127.')),
  );
}

/**
 * Whether the process at the other end of a loopback connection runs as us or as root. False when that cannot be found
 * out (not Linux, no /proc): the kernel's table of connections is the only thing that tells, and it is read without
 * blocking the event loop.
 */
export async function ownedByUs(
  connection: Connection,
  read: ReadTable = readText,
  ourUid = process.getuid?.(),
): Promise<boolean> {
  if (!isLoopback(connection) || ourUid === undefined) return false;
  const tables = await Promise.allSettled(TABLES.map(read));
  for (const table of tables) {
    const uid = table.status === 'fulfilled' ? ownerIn(table.value, connection) : undefined;
    if (uid !== undefined) return uid === 0 || (uid === ourUid && uid !== OVERFLOW_UID);
  }
  return false;
}

/**
 * The uid of the socket whose local end is the connection's remote end. A row without an inode is a socket that its
 * process has closed already; the kernel shows those as root's, so they count as unknown.
 */
function ownerIn(table: string, connection: Connection): number | undefined {
  const theirs = spellings(connection.remoteAddress, connection.remotePort);
  const ours = spellings(connection.localAddress, connection.localPort);
  for (const line of table.split('\n')) {
    const [, local = '', remote = '', , , , , uid, , inode] = line.trim().split(/\s+/);
    if (theirs.includes(local) && ours.includes(remote)) return inode === '0' ? undefined : Number(uid);
  }
  return undefined;
}

/** An end of a connection as the tables spell it: 32-bit words in the machine's byte order. IPv4 may stand in either table. */
function spellings(address = '', port = 0): string[] {
  const tail = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const word = (bytes: number[]) => {
    const ordered = endianness() === 'LE' ? bytes.toReversed() : bytes;
    return ordered.map(byte => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
  };
  const zero = word([0, 0, 0, 0]);
  const plain = unmapped(address);
  if (!isIPv4(plain)) return [zero + zero + zero + word([0, 0, 0, 1]) + tail];
  const v4 = word(plain.split('.').map(Number));
  return [v4 + tail, zero + zero + word([0, 0, 0xff, 0xff]) + v4 + tail];
}

function unmapped(address: string): string {
  return address.replace(/^::ffff:/i, '');
}

function readText(path: string): Promise<string> {
  return readFile(path, 'latin1');
}

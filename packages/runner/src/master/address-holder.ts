import { readdir, readFile, readlink } from 'node:fs/promises';

/** What a listening socket is bound to, as far as it can be looked up. */
export type Bound = { port: number } | { path: string };

/**
 * The pid of the process that listens at an address, or undefined where the system does not tell: only Linux does, and
 * only of processes of the same user.
 */
export async function findHolder(bound: Bound): Promise<number | undefined> {
  const inodes = 'port' in bound ? await tcpInodes(bound.port) : await unixInodes(bound.path);
  if (inodes.size === 0) return undefined;
  for (const pid of (await list('/proc')).filter(name => /^\d+$/.test(name))) {
    for (const fd of await list(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(nothing);
      const inode = target?.match(/^socket:\[(\d+)\]$/)?.[1];
      if (inode && inodes.has(inode)) return Number(pid);
    }
  }
  return undefined;
}

const LISTEN = '0A';

async function tcpInodes(port: number): Promise<Set<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(read));
  // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …
  const rows = tables.flatMap(table => table.split('\n').map(line => line.trim().split(/\s+/)));
  return new Set(rows.flatMap(row => (row[1]?.endsWith(suffix) && row[3] === LISTEN && row[9] ? [row[9]] : [])));
}

async function unixInodes(path: string): Promise<Set<string>> {
  // Num RefCount Protocol Flags Type St Inode Path
  const rows = (await read('/proc/net/unix')).split('\n').map(line => line.trim().split(/\s+/));
  return new Set(rows.flatMap(row => (row[7] === path && row[6] ? [row[6]] : [])));
}

// Processes come and go while they are looked through, and those of other users do not let us look.
const nothing = () => undefined;
const read = (file: string) => readFile(file, 'latin1').catch(() => '');
const list = (directory: string) => readdir(directory).catch(() => [] as string[]);

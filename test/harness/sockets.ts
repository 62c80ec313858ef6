import { readdir, readFile, readlink } from 'node:fs/promises';

/** `st` of a listening socket in /proc/net/tcp: TCP_LISTEN. */
const LISTENING = '0A';

/** The TCP ports that one process listens on, as the kernel sees it. */
export async function listeningPorts(pid: number): Promise<number[]> {
  const [held, listeners] = await Promise.all([socketsOf(pid), listenersSeenBy(pid)]);
  return listeners.filter(({ inode }) => held.has(inode)).map(({ port }) => port);
}

/**
 * How many sockets a process holds that neither listen nor are Unix sockets. One that both ends have closed is in none of
 * the kernel's tables any more, however long somebody keeps its descriptor; it counts here.
 */
export async function tcpConnections(pid: number): Promise<number> {
  // Before the tables: what comes in between is in them as well.
  const held = await socketsOf(pid);
  const [listeners, unix] = await Promise.all([listenersSeenBy(pid), rows(pid, 'unix')]);
  for (const { inode } of listeners) held.delete(inode);
  for (const [, , , , , , inode] of unix) held.delete(inode ?? '');
  return held.size;
}

/** Inodes. */
async function socketsOf(pid: number): Promise<Set<string>> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.allSettled(descriptors.map(fd => readlink(`/proc/${pid}/fd/${fd}`)));
  return new Set(
    links.flatMap(link => (link.status === 'fulfilled' ? (/^socket:\[(\d+)\]$/.exec(link.value)?.[1] ?? []) : [])),
  );
}

async function listenersSeenBy(pid: number): Promise<{ port: number; inode: string }[]> {
  const tables = await Promise.all([rows(pid, 'tcp'), rows(pid, 'tcp6')]);
  return tables
    .flat()
    .filter(([, , , state]) => state === LISTENING)
    .map(([, local, , , , , , , , inode]) => ({
      port: Number.parseInt(local?.split(':')[1] ?? '', 16),
      inode: inode ?? '',
    }));
}

/** A table of sockets of the process's network namespace, without its heading. */
async function rows(pid: number, table: 'tcp' | 'tcp6' | 'unix'): Promise<string[][]> {
  const text = await readFile(`/proc/${pid}/net/${table}`, 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/));
}

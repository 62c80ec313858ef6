import { readdir, readFile } from 'node:fs/promises';

/** Every living process in whose environment `marker` stands: whoever it was forked by, and whether that one still lives. */
export async function processesWith(marker: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const marked = await Promise.all(pids.map(async pid => ((await isMarked(pid, marker)) ? [Number(pid)] : [])));
  return marked.flat();
}

async function isMarked(pid: string, marker: string): Promise<boolean> {
  try {
    const [environment, status] = await Promise.all([
      readFile(`/proc/${pid}/environ`, 'latin1'),
      readFile(`/proc/${pid}/stat`, 'latin1'),
    ]);
    const isZombie = status.slice(status.lastIndexOf(')') + 2).startsWith('Z');
    return !isZombie && environment.includes(marker);
  } catch {
    // It ended while it was looked at, or belongs to somebody else.
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

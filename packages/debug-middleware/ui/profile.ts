import { choose } from './confirm.ts';
import { measure, SECONDS } from './measure.ts';

/**
 * Asks what to look for in a worker, and looks for it while it serves on.
 * @param url of the worker's debugger
 */
export async function profile(pid: number, url: string): Promise<void> {
  const what = await choose({
    title: `Profile worker ${pid}?`,
    text: `For ${SECONDS} s it is measured where its time goes, or what allocates the memory that it holds. It goes on serving, a little slower, and what was measured is a file for you.`,
    answers: [
      { value: 'cpu', verb: 'CPU' },
      { value: 'heap', verb: 'Heap' },
    ],
  });
  if (what !== undefined) await measure(url, what);
}

import { choose } from './confirm.ts';
import { measure, SECONDS } from './measure.ts';
import { debuggerOf } from './panels/worker-menu.ts';

/** Asks what to look for in a worker, and looks for it while it serves on. */
export async function profile(pid: number): Promise<void> {
  const what = await choose({
    title: `Profile worker ${pid}?`,
    text: `For ${SECONDS} s it is measured where its time goes, or what allocates the memory that it holds. It goes on serving, a little slower, and what was measured is a file for you.`,
    answers: [
      { value: 'cpu', verb: 'CPU' },
      { value: 'heap', verb: 'Heap' },
    ],
  });
  if (what !== undefined) await measure(debuggerOf(pid), what);
}

import { confirm } from './confirm.ts';
import { notify } from './notice.ts';
import { debuggerOf } from './panels/worker-menu.ts';
import { reasonIn } from './reason.ts';

/** Has one more worker forked, which waits before `configureApp`, and goes to its debugger. */
export async function debugFresh(): Promise<void> {
  const goes = await confirm({
    title: 'Debug a fresh worker?',
    text: 'One more worker is forked. It waits before configureApp until you have set your breakpoints and press Run, and takes no traffic.',
    verb: 'Fork it',
  });
  if (!goes) return;
  const response = await fetch(debuggerOf('fresh'), { method: 'POST' });
  if (response.ok) location.assign(debuggerOf(((await response.json()) as { pid: number }).pid));
  else notify('bad', await reasonIn(response));
}

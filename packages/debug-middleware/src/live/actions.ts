import { badAction } from '../errors.ts';
import type { Bus } from '../options.ts';
import type { Action } from '../view.ts';

/** How long the cluster may take to take an order in, ms. */
const DEADLINE = 5_000;
/** A reload is answered when it is done: every worker is warmed up, one after the other. */
const RELOAD_DEADLINE = 30 * 60_000;

/** What came over the socket, checked. @throws TROUPE_ERR_DEBUG_ACTION */
export function readAction(given: unknown): Action {
  if (typeof given !== 'object' || given === null || !('type' in given)) throw badAction(given);
  const { type } = given;
  if (type === 'reload') return { type };
  if (type === 'mark' && 'mark' in given && (given.mark === 'up' || given.mark === 'down')) {
    return { type, mark: given.mark };
  }
  if ((type === 'pause' || type === 'resume' || type === 'retire') && 'pid' in given && isCount(given.pid)) {
    return { type, pid: given.pid };
  }
  if (type === 'forget' && 'cache' in given && 'key' in given) {
    const { cache, key } = given;
    if (typeof cache === 'string' && typeof key === 'string') return { type, cache, key };
  }
  throw badAction(given);
}

/** Has the cluster do it. @param by who asked, for reasons and logs */
export async function carryOut(action: Action, by: string, bus: Bus): Promise<void> {
  const options = { timeout: DEADLINE };
  switch (action.type) {
    case 'mark':
      await bus.request('master', 'traffic.mark', { mark: action.mark, by }, options);
      return;
    case 'pause':
      await bus.request('master', 'workers.pause', { pids: [action.pid] }, options);
      return;
    case 'resume':
      await bus.request('master', 'workers.resume', { pids: [action.pid] }, options);
      return;
    case 'retire':
      await bus.request('master', 'workers.retire', { pid: action.pid, reason: `${by} asked for it` }, options);
      return;
    case 'forget':
      await bus.request('master', 'cache.delete', { name: action.cache, keys: [action.key] }, options);
      return;
    case 'reload':
      await bus.request('master', 'cluster.reload', undefined, { timeout: RELOAD_DEADLINE });
      return;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

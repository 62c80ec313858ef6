import type { Bus } from '../options.ts';
import type { DebuggerRoute } from './routes.ts';

/** A successor has to warm up first, ms. */
const BEGIN_DEADLINE = 120_000;
/** Every worker is warmed up, one after the other. */
const RELOAD_DEADLINE = 30 * 60_000;

/**
 * Has the master do what a page asks for about a lease.
 * @param by who asks
 * @returns the pid of the worker that it is about
 */
export async function carryOut(
  route: Extract<DebuggerRoute, { to: 'act' | 'fresh' }>,
  query: URLSearchParams,
  by: string,
  bus: Bus,
): Promise<number> {
  if (route.to === 'fresh') {
    return (await bus.request('master', 'debug.fresh', { by }, { timeout: BEGIN_DEADLINE })).pid;
  }
  const { act, pid } = route;
  switch (act) {
    case 'begin': {
      const aside = query.get('aside') !== 'no';
      await bus.request('master', 'debug.begin', { pid, aside, by }, { timeout: BEGIN_DEADLINE });
      return pid;
    }
    case 'run':
      await bus.request('master', 'debug.run', { pid });
      return pid;
    case 'extend':
      await bus.request('master', 'debug.extend', { pid });
      return pid;
    case 'end':
      await bus.request('master', 'debug.end', { pid, next: query.get('next') === 'leave' ? 'leave' : 'return' });
      return pid;
    case 'reload':
      await bus.request('master', 'cluster.reload', undefined, { timeout: RELOAD_DEADLINE });
      return pid;
  }
}
